/** Was ein Programm ohne Netzwerkgerät von sich sagt. */
export const tunnel = {
  'tunnel.no-device.short': 'Kein Programm auf diesem Computer erreicht das Netz',
  'tunnel.no-device': 'Es gibt kein Netzwerkgerät: Kein Programm auf diesem Computer erreicht das Netz',
  'tunnel.no-device.why': `{why, select,
    system {Auf diesem Betriebssystem legt Bowline noch keines an. Es tritt einem Netz bei und zeigt es; Datenverkehr braucht Linux.}
    processor {Auf dieser Art von Prozessor legt Bowline keines an. Es tritt einem Netz bei und zeigt es; Datenverkehr braucht x86 oder ARM mit 64 Bit.}
    rights {Diese App darf keines anlegen. Abhilfe: die App beenden und in einem Terminal "sudo bowline up --server ADRESSE" starten. Damit fließt Datenverkehr.}
    file {Das System gibt /dev/net/tun nicht her. Abhilfe: "sudo modprobe tun" ausführen und Bowline neu starten.}
    other {}}`,
};
