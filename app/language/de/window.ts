/** Was über das Fenster als Ganzes gesagt wird. */
export const window = {
  'window.in-tray': 'Bowline läuft in der Systemleiste weiter. „Beenden“ im Menü dort beendet es.',
  'window.deaths': 'Das Fenster von Bowline ist in 5 Minuten 4-mal ausgefallen und wurde geschlossen. Die Verbindungen bleiben bestehen. Abhilfe: über das Symbol neu öffnen oder dort die Diagnose kopieren.',
  'window.fault': 'In Bowline ist ein eigener Fehler aufgetreten; es läuft weiter. Angaben kommen womöglich verspätet. Abhilfe: die Diagnose über das Symbol kopieren, dann Bowline beenden und neu starten.',
  'window.link-refused': 'Ein Link zu Bowline wurde nicht befolgt: Er hat nicht die Form bowline://join?server=https://NAME. Abhilfe: die Adresse des Servers erfragen und unter „Konten“ eingeben.',
};
