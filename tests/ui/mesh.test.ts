/** Paths and relays as a person meets them: direct or relayed and through which, why, what was tried, and asking anew. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Health, Overview, Peers } from './pages.ts';
import { Stage } from './window.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

describe('the list of peers', () => {
  it('says direct or relayed, and by which relay', async () => {
    const view = await stage.scene('mesh', '#/peers');
    const peers = new Peers(view);
    expect([await peers.way('anchor'), await peers.way('beacon'), await peers.way('capstan')]).toEqual(['Direct', 'Relayed via fra', 'Relayed via nue']);
    await view.page.getByRole('radio', { name: 'Relayed', exact: true }).click();
    expect(await peers.names()).toEqual(['beacon', 'capstan']);
    await view.close();
  });
});

describe('the details of a relayed peer', () => {
  it('say why with evidence, since when, when the next try is, and what became of each address', async () => {
    const view = await stage.scene('mesh', '#/peers/beacon');
    const peers = new Peers(view);
    expect(await peers.why()).toMatch(/^By relay fra: the NAT here takes another port for each destination, and there is no answer from 3 addresses; next try in \d+ s\.$/);
    expect((await peers.drawer().getByTestId('path').innerText()).replaceAll('\u00a0', ' ')).toMatch(/^Relayed via fra for 24 m \d\d s$/);
    expect((await peers.drawer().getByTestId('next-try').innerText()).replaceAll('\u00a0', ' ')).toMatch(/^in \d+ s$/);
    expect(await peers.candidates()).toEqual([
      '192.168.1.40:41641 no answer Told by the network. 12 probes, 0 answers.',
      '198.51.100.140:52233 no answer Told by the device itself. 12 probes, 0 answers.',
      '[2001:db8:41::4]:41641 not asked Told by the network.',
    ]);
    await view.close();
  });

  it('tell of an address where probes pass and data does not, and for how long it is left out', async () => {
    const view = await stage.scene('mesh', '#/peers/capstan');
    const [line] = await new Peers(view).candidates();
    expect(line).toMatch(/^198\.51\.100\.77:41641 left out A packet of it came from there\. 40 probes, 38 answers\. The last \d+ s ago\. Probes pass there and data does not: left out for 3 m \d\d s\.$/);
    await view.close();
  });

  it('offer to try a direct way, and show its course and its end', async () => {
    const view = await stage.scene('mesh', '#/peers/beacon');
    const peers = new Peers(view);
    await peers.tryDirect().click();
    await view.page.getByText(/^Asking at 3 addresses, /).waitFor();
    expect(await view.page.evaluate(() => window.fakeEngine.asked.findLast(({ command }) => command === 'tryDirect')?.params)).toEqual({ peer: 'beacon' });
    await view.page.evaluate(() => {
      const endpoint = '198.51.100.140:52233';
      window.fakeEngine.change(({ peers: all }, now) => ({
        peers: all.map((each) => (each.name === 'beacon' ? { ...each, path: { ...each.path, kind: 'direct', via: endpoint, latencyMs: 18, sinceAt: now, nextTryAt: null, why: { key: 'why.direct-proved', endpoint } } } : each)),
      }));
    });
    await view.page.getByText(/^Direct after /).waitFor();
    expect(await peers.why()).toBe('Direct to 198.51.100.140:52233. Probes and data pass.');
    expect(await peers.way('beacon')).toBe('Direct');
    // The button keeps its place and its focus while its outcome stands there.
    expect(await peers.tryDirect().evaluate((button) => button === document.activeElement)).toBe(true);
    await view.close();
  });

  it('say so when none is found', async () => {
    const view = await stage.scene('mesh', '#/peers/beacon');
    await new Peers(view).tryDirect().click();
    await view.page.getByText(/^Asking at 3 addresses, /).waitFor();
    await view.page.evaluate(() => {
      window.fakeEngine.change(({ peers: all }) => ({ peers: all.map((each) => (each.name === 'beacon' ? { ...each, path: { ...each.path, why: { key: 'why.relay-no-answer', relay: 'fra', probed: 3, nextTryAt: null } } } : each)) }));
    });
    await view.page.getByText(/^No direct way in .*The reason stands above$/).waitFor({ timeout: 8_000 });
    await view.close();
  });

  it('offer no such try to a peer that is direct, or that a file describes', async () => {
    for (const [scene, name] of [['mesh', 'anchor'], ['plain', 'beacon']] as const) {
      const view = await stage.scene(scene, `#/peers/${name}`);
      expect(await new Peers(view).tryDirect().count(), name).toBe(0);
      await view.close();
    }
  });
});

describe('Health', () => {
  it('shows the network around and every relay, and measures on request', async () => {
    const view = await stage.scene('mesh', '#/health');
    const health = new Health(view);
    expect(await health.around()).toEqual(['UDP: works', 'IPv4: seen as 203.0.113.7:52114', 'IPv6: none', 'NAT: another port for each destination', 'Port mapping: none: the router answers neither PCP nor NAT-PMP', 'Captive portal: none']);
    expect((await health.relay('fra').innerText()).replaceAll('\u00a0', ' ')).toMatch(/fra\s+Connected, home\s+14 ms\s+\d+ s/);
    expect((await health.relay('hel').innerText()).replaceAll('\u00a0', ' ')).toMatch(/hel\s+Not needed\s+\u2013\s+\u2013/);
    await health.measure().click();
    await view.page.getByText('Measured', { exact: true }).waitFor();
    expect(await view.page.evaluate(() => window.fakeEngine.asked.at(-1)?.command)).toBe('netcheck');
    await view.close();
  });

  it('is silent about both where no map is used', async () => {
    const view = await stage.scene('plain', '#/health');
    expect(await view.page.getByTestId('network-around').count()).toBe(0);
    await view.close();
  });
});

describe('a relay that is away', () => {
  it('is a cause with the next try, and no green remains on it', async () => {
    const view = await stage.scene('relay-away');
    expect((await new Overview(view).causes()).join()).toMatch(/No answer from relay fra for 52 s[^]*next try/);
    await view.page.evaluate(() => {
      window.location.hash = '#/health';
    });
    expect(await new Health(view).relay('fra').getAttribute('data-state')).toBe('backing-off');
    expect(await new Health(view).relay('fra').locator('.st.ok').count()).toBe(0);
    await view.close();
  });
});

describe('moves of paths', () => {
  it('stand in the history as changes, and relay losses as breaks', async () => {
    const view = await stage.scene('mesh', '#/history');
    const texts = (await view.page.getByTestId('history-entry').allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').replaceAll('\n', ' '));
    expect(texts[0]).toContain('capstan: at 198.51.100.77:41641 probes pass and data does not');
    expect(texts[0]).toContain('Nobody cut off');
    expect(texts[1]).toContain('Relay fra: no answer to a ping within 5.0 s');
    expect(texts[1]).toContain('relay fra answers');
    await view.close();
  });
});
