// The sandbox's events, for as long as the page is open. A lost connection comes back with everything anew.

import { prepareScene } from "./api.js";

const RETRY_MS = 1000;

/** `onState` is told "open" and "lost". */
export function connect(store, onState) {
  let source = null;

  async function open() {
    try {
      await prepareScene();
    } catch {
      onState("lost");
      setTimeout(open, RETRY_MS);
      return;
    }
    source = new EventSource("/page/events");
    source.onopen = () => onState("open");
    source.onmessage = (event) => store.applyEvent(JSON.parse(event.data));
    source.onerror = () => {
      // After a reset the scene has to be set again before the next look, so the browser's own retry won't do.
      source.close();
      onState("lost");
      setTimeout(open, RETRY_MS / 2);
    };
  }

  window.addEventListener("pagehide", () => source?.close());
  open();
}
