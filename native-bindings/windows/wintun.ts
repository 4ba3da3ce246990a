/**
 * wintun.dll through koffi: a network adapter whose packets lie in a ring that this process shares with the driver. Pointers
 * and handles are plain numbers. The file is loaded by the absolute path that the caller gives, and by nothing else: whoever
 * writes a DLL into a folder that Windows searches would run with our rights. Decides nothing. Receiving and sending may be
 * called from several threads.
 */
import path from 'node:path';
import koffi from 'koffi';

export interface Wintun {
  /** `name`, `type`: pointers to UTF-16; `guid`: to 16 bytes. 0: failed, see GetLastError. */
  WintunCreateAdapter(name: number, type: number, guid: number): number;
  WintunCloseAdapter(adapter: number): void;
  /** `luid`: pointer, out. */
  WintunGetAdapterLUID(adapter: number, luid: number): void;
  /** `capacity`: bytes of a ring, a power of two. 0: failed. */
  WintunStartSession(adapter: number, capacity: number): number;
  WintunEndSession(session: number): void;
  /** An event that a wait resets; set while packets wait. Ends with the session. */
  WintunGetReadWaitEvent(session: number): number;
  /** Pointer to a packet, which is to be released; `size`: its length, out. 0: none waits, or the adapter is gone (GetLastError). */
  WintunReceivePacket(session: number, size: number): number;
  WintunReleaseReceivePacket(session: number, packet: number): void;
  /** Room for a packet, which is to be sent. 0: the ring is full, or the adapter is gone. */
  WintunAllocateSendPacket(session: number, size: number): number;
  WintunSendPacket(session: number, packet: number): void;
}

/** Bytes of a ring; between 128 KiB and 64 MiB. */
export const WINTUN_RING = 0x40_0000;
/** ERROR_HANDLE_EOF, <winerror.h>: the adapter ends. */
export const ADAPTER_GONE = 38;

/** Throws where `file` is no absolute path, or is none of this processor's libraries. */
export function loadWintun(file: string): Wintun {
  if (!path.isAbsolute(file)) throw new Error(`${file} is no absolute path`);
  const library = koffi.load(file);
  return {
    WintunCreateAdapter: library.func('int64 WintunCreateAdapter(int64 name, int64 type, int64 guid)'),
    WintunCloseAdapter: library.func('void WintunCloseAdapter(int64 adapter)'),
    WintunGetAdapterLUID: library.func('void WintunGetAdapterLUID(int64 adapter, int64 luid)'),
    WintunStartSession: library.func('int64 WintunStartSession(int64 adapter, uint32_t capacity)'),
    WintunEndSession: library.func('void WintunEndSession(int64 session)'),
    WintunGetReadWaitEvent: library.func('int64 WintunGetReadWaitEvent(int64 session)'),
    WintunReceivePacket: library.func('int64 WintunReceivePacket(int64 session, int64 size)'),
    WintunReleaseReceivePacket: library.func('void WintunReleaseReceivePacket(int64 session, int64 packet)'),
    WintunAllocateSendPacket: library.func('int64 WintunAllocateSendPacket(int64 session, uint32_t size)'),
    WintunSendPacket: library.func('void WintunSendPacket(int64 session, int64 packet)'),
  };
}
