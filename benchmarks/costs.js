/**
 * Runs in a page before its own scripts: `costs` gets, in ms, what each message of a WebSocket takes of the main
 * thread: its handler, and the frame that shows it.
 */
window.costs = [];
window.messages = 0;

const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
const rendered = new MessageChannel();

Object.defineProperty(WebSocket.prototype, "onmessage", {
  set(handler) {
    const timed = (event) => {
      const began = performance.now();
      handler.call(this, event);
      const handled = performance.now() - began;
      messages++;
      requestAnimationFrame(() => {
        const frame = performance.now();
        rendered.port1.onmessage = () => costs.push(handled + performance.now() - frame);
        rendered.port2.postMessage(null); // arrives when style, layout and paint of the frame are done
      });
    };
    set.call(this, handler && timed);
  },
});
