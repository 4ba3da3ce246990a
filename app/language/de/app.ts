/** Was die App sagt, wenn sie nicht startet. */
export const app = {
  'app.not-started': 'Bowline startet nicht',
  'app.opening-switch': 'Der Aufruf enthält --{name}; das öffnet Bowline für andere Programme. Abhilfe: ohne diesen Schalter starten.',
  'app.no-sandbox': 'Das Demo-Netz braucht Bowline aus dem Quelltext: Seine Geräte sind Prozesse, die eine installierte App nicht starten darf. Abhilfe: ohne --sandbox starten oder npm run demo ausführen.',
  'app.native': 'Ein Teil dieser Installation ist nicht so, wie er verpackt wurde: {file} ({fault, select, changed {die Datei wurde verändert} missing {die Datei fehlt} unlisted {die Liste der Teile ist nicht lesbar} other {sie ist für einen anderen Computer}}). Abhilfe: Bowline neu installieren.',
  'app.engine-not-started': 'Bowline kann seine Engine nicht starten',
};
