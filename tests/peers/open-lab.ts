/**
 * A lab by hand: `node dist/tests/peers/open-lab.js [ROOMS]` after `npm run build:node` starts Headscale with empty rooms,
 * prints how to use them, and ends everything at Ctrl-C.
 */
import { HeadscaleLab, SERVER_URL } from './headscale-lab.ts';

const lab = await HeadscaleLab.open({ rooms: Number(process.argv[2] ?? 2) });
console.log(`server:   ${SERVER_URL}, from within a room
key:      ${await lab.authKey()}
admin:    ${lab.command} nodes list
export NODE_EXTRA_CA_CERTS=${lab.trust.NODE_EXTRA_CA_CERTS} SSL_CERT_FILE=${lab.trust.SSL_CERT_FILE}
${lab.segment.rooms.map(({ name, ipv4 }) => `ip netns exec ${name} bash   # ${ipv4}`).join('\n')}
log:      ${lab.segment.file('server.log', '')}`);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void lab.close().then(() => process.exit(0)));
setInterval(() => lab.segment.file('server.log', lab.log()), 1_000);
