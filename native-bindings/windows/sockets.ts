/**
 * UDP sockets of Winsock (ws2_32.dll) through koffi: non-blocking, with an event that is set while datagrams wait, and with
 * the interface that a datagram leaves by. node:dgram shows no socket on Windows, so that the last could not be asked for there.
 * Pointers and sockets are plain numbers. Decides nothing.
 */
import koffi from 'koffi';

export interface SocketCalls {
  WSAStartup(version: number, data: number): number;
  socket(family: number, type: number, protocol: number): number;
  bind(socket: number, address: number, length: number): number;
  getsockname(socket: number, address: number, length: number): number;
  setsockopt(socket: number, level: number, option: number, value: number, length: number): number;
  /** Makes the socket non-blocking. */
  WSAEventSelect(socket: number, event: number, what: number): number;
  recvfrom(socket: number, to: number, room: number, flags: number, from: number, fromLength: number): number;
  sendto(socket: number, from: number, length: number, flags: number, to: number, toLength: number): number;
  closesocket(socket: number): number;
  WSAGetLastError(): number;
}

let loaded: SocketCalls | undefined;

/** Bound once a thread, with Winsock started. */
export function socketCalls(): SocketCalls {
  if (loaded !== undefined) return loaded;
  const winsock = koffi.load('ws2_32.dll');
  loaded = {
    WSAStartup: winsock.func('int WSAStartup(uint16_t version, int64 data)'),
    socket: winsock.func('int64 socket(int family, int type, int protocol)'),
    bind: winsock.func('int bind(int64 socket, int64 address, int length)'),
    getsockname: winsock.func('int getsockname(int64 socket, int64 address, int64 length)'),
    setsockopt: winsock.func('int setsockopt(int64 socket, int level, int option, int64 value, int length)'),
    WSAEventSelect: winsock.func('int WSAEventSelect(int64 socket, int64 event, int32_t what)'),
    recvfrom: winsock.func('int recvfrom(int64 socket, int64 to, int room, int flags, int64 from, int64 fromLength)'),
    sendto: winsock.func('int sendto(int64 socket, int64 from, int length, int flags, int64 to, int toLength)'),
    closesocket: winsock.func('int closesocket(int64 socket)'),
    WSAGetLastError: winsock.func('int WSAGetLastError()'),
  };
  return loaded;
}
