/** What a process without a network device says of itself. */
export const tunnel = {
  'tunnel.no-device.short': 'No program on this computer reaches the network',
  'tunnel.no-device': 'There is no network device: no program on this computer reaches the network',
  'tunnel.no-device.why': `{why, select,
    system {Bowline makes none on this operating system yet. It joins a network and shows it; traffic needs Linux.}
    processor {Bowline makes none on this kind of processor. It joins a network and shows it; traffic needs 64-bit x86 or ARM.}
    rights {This app may not make one. End it and run "sudo bowline up --server ADDRESS" in a terminal: that carries traffic.}
    file {The system does not give out /dev/net/tun. Run "sudo modprobe tun", then start Bowline again.}
    other {}}`,
} as const;
