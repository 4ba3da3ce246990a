/**
 * One namespace in the middle, with the servers of a tailnet at 192.0.2.1, and ends that each have a cable of their own to it
 * and to nobody else. It forwards nothing, so that what two ends say to each other goes through the relay or not at all, unless
 * it is made a router.
 */
import { CABLE, type Lab, type Namespace } from '../tunnel/lab.ts';

export const HUB_ADDRESS = '192.0.2.1';

export class Hub {
  readonly at: Namespace;
  readonly #lab: Lab;
  #cables = 0;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.at = lab.namespace();
    this.at.set('addr', 'add', `${HUB_ADDRESS}/32`, 'dev', 'lo');
  }

  /** From now on ends reach each other. */
  async forward(): Promise<void> {
    await this.at.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  }

  /** A new end, which reaches the hub alone. */
  end(): Namespace {
    const end = this.#lab.namespace();
    const number = ++this.#cables;
    const port = `port${number}`;
    this.at.set('link', 'add', port, 'type', 'veth', 'peer', 'name', CABLE, 'netns', end.name);
    this.at.set('addr', 'add', `198.51.100.${4 * number + 1}/30`, 'dev', port);
    this.at.set('link', 'set', port, 'up');
    end.set('addr', 'add', `198.51.100.${4 * number + 2}/30`, 'dev', CABLE);
    end.set('link', 'set', CABLE, 'up');
    end.set('route', 'add', 'default', 'via', `198.51.100.${4 * number + 1}`);
    return end;
  }
}
