/**
 * Puts a port mapping server into the router of a simulated site, at the router's own inside address; and the socket of a host
 * towards it. Callers: scenarios, tests, mesh-world.ts.
 */
import type { GatewayCommand, GatewayDatagram } from '../../ports/gateway-link.ts';
import { PORT_MAPPING_PORT } from '../../wire/nat-pmp.ts';
import type { Internet } from './internet.ts';
import { PortMapServer, type PortMapServerShape } from './port-map-server.ts';
import { ROUTER_INSIDE, type Network, type Station } from './topology.ts';

/** The first port of a host's sockets towards its router, and how many there are before they come again. */
const SOCKETS_FROM = 50_000;
const SOCKETS = 1_000;

/** `network`: behind a NAT. A reboot of its router is one of the server too. */
export function servePortMapping(internet: Internet, network: Network, shape: PortMapServerShape): PortMapServer {
  const { router } = network;
  if (router?.nat === undefined) throw new Error('only a NAT gives ports');
  const server = new PortMapServer(router.nat, shape, internet.now);
  const station = internet.addStation(`router of ${network.name}`);
  internet.attach(station, network, 4, ROUTER_INSIDE);
  let generation = router.generation;
  station.sockets.set(PORT_MAPPING_PORT, (bytes, from) => {
    if (generation !== router.generation) server.rebooted(internet.now);
    generation = router.generation;
    const answer = server.answer(from, bytes, internet.now);
    if (answer !== undefined) internet.send(station, PORT_MAPPING_PORT, from, answer);
  });
  return server;
}

export class SimGatewayLink {
  /** Datagrams towards the router, answered or not. */
  sent = 0;
  readonly #internet: Internet;
  readonly #station: Station;
  readonly #heard: (datagram: GatewayDatagram) => void;
  #port: number | undefined;

  constructor(internet: Internet, station: Station, heard: (datagram: GatewayDatagram) => void) {
    this.#internet = internet;
    this.#station = station;
    this.#heard = heard;
  }

  obey(command: GatewayCommand): void {
    if (command.kind === 'close') {
      this.#close();
      return;
    }
    const { socket, gateway, port, bytes } = command;
    const own = SOCKETS_FROM + (socket % SOCKETS);
    if (own !== this.#port) {
      this.#close();
      this.#port = own;
      this.#station.sockets.set(own, (answer, from) => this.#heard({ socket, from, bytes: answer }));
    }
    this.sent++;
    // A router without such a server takes what is for itself, and says nothing.
    const onLink = this.#station.interfaces.some(({ network }) => network.router !== undefined && network.holds(gateway.address));
    if (onLink) this.#internet.send(this.#station, own, { address: gateway.address, port }, bytes);
  }

  #close(): void {
    if (this.#port !== undefined) this.#station.sockets.delete(this.#port);
    this.#port = undefined;
  }
}
