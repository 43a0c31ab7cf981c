// The sandbox's event stream. After a lost connection it reconnects and starts with a full snapshot.

import { prepareScene } from "./api.js";

const RETRY_MS = 1000;

/** Apply events to `store` until the page is closed. `onState` receives "open" or "lost". */
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
      // A reset removes the scene, so prepare it before reconnecting; EventSource's own retry would skip that.
      source.close();
      onState("lost");
      setTimeout(open, RETRY_MS / 2);
    };
  }

  window.addEventListener("pagehide", () => source?.close());
  open();
}
