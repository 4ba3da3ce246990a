/**
 * Datagrams to the router and back: obeys the commands of ports/gateway-link.ts with one UDP socket at a time. It keeps no
 * state of the protocol, retries nothing, and hears nobody but the gateway.
 *
 * The socket is bound to our own address on the gateway's link, which is also the address that PCP tells. The gateway is a
 * neighbour there: the route to it is more specific than any default route, so that none through the tunnel catches it.
 */
import dgram from 'node:dgram';
import { equalIp, formatIp, parseIp } from '../../base/ip.ts';
import type { GatewayCommand, GatewayDatagram } from '../../ports/gateway-link.ts';
import type { Log } from '../../ports/log.ts';
import { errorCode } from '../error-code.ts';

export interface HostGatewayLinkInit {
  readonly heard: (datagram: GatewayDatagram) => void;
  readonly log: Log;
}

/** Longer ones are no answers (RFC 6887 section 7). Bytes. */
const LONGEST = 1_100;

/** Addresses are numbers already: a look-up would only put off the system call. */
const lookup = (address: string, _: unknown, done: (error: null, address: string, family: number) => void): void => done(null, address, 4);

export class HostGatewayLink {
  readonly #init: HostGatewayLinkInit;
  #open: { readonly number: number; readonly socket: dgram.Socket } | undefined;

  constructor(init: HostGatewayLinkInit) {
    this.#init = init;
  }

  obey(command: GatewayCommand): void {
    switch (command.kind) {
      case 'send':
        this.#send(command);
        return;
      case 'close':
        this.close();
        return;
      default:
        command satisfies never;
    }
  }

  /** Nothing is heard after it. What was sent is on its way. */
  close(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.socket.removeAllListeners('message');
    open?.socket.close();
  }

  #send(command: Extract<GatewayCommand, { readonly kind: 'send' }>): void {
    if (this.#open?.number !== command.socket) this.#reopen(command);
    const open = this.#open;
    open?.socket.send(command.bytes, command.port, formatIp(command.gateway.address), (error) => {
      if (error !== null) this.#init.log.write('debug', 'port mapping', `the system does not send to the router: ${errorCode(error)}`);
    });
  }

  #reopen({ socket: number, gateway }: Extract<GatewayCommand, { readonly kind: 'send' }>): void {
    this.close();
    const socket = dgram.createSocket({ type: 'udp4', lookup });
    this.#open = { number, socket };
    // Its address may have gone this very moment: then there is no answer, and the network is told to be another one.
    socket.on('error', (error) => {
      this.#init.log.write('debug', 'port mapping', `no socket towards the router: ${errorCode(error)}`);
      if (this.#open?.socket !== socket) return;
      this.#open = undefined;
      socket.close();
    });
    socket.on('message', (bytes, from) => {
      const address = parseIp(from.address);
      if (address === undefined || !equalIp(address, gateway.address) || bytes.length > LONGEST) return;
      this.#init.heard({ socket: number, from: { address, port: from.port }, bytes });
    });
    socket.bind({ address: formatIp(gateway.own), port: 0, exclusive: true });
  }
}
