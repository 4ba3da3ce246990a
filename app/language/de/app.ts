/** Was die App sagt, wenn sie nicht startet. */
export const app = {
  'app.not-started': 'Bowline startet nicht',
  'app.opening-switch': 'Der Aufruf enthält --{name}; das öffnet Bowline für andere Programme. Abhilfe: ohne diesen Schalter starten.',
  'app.engine-not-started': 'Bowline kann seine Engine nicht starten',
};
