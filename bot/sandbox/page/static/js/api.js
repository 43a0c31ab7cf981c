// Requests to the sandbox. A failed request throws an Error whose message is fit for a toast.

async function request(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

const query = (values) =>
  new URLSearchParams(Object.entries(values).filter(([, v]) => v !== undefined && v !== null)).toString();

export const prepareScene = () => request("POST", "/page/scene");
export const fetchCommands = (chatId, userId) =>
  request("GET", `/page/commands?${query({ chat_id: chatId, user_id: userId })}`);
export const fileUrl = (fileId) => `/page/files/${encodeURIComponent(fileId)}`;
export const send = (message) => request("POST", "/sim/messages", message);
export const edit = (message) => request("PUT", "/sim/messages", message);
export const press = (button) => request("POST", "/sim/press", button);
export const queryInline = (inlineQuery) => request("POST", "/sim/inline", inlineQuery);
export const sendInlineResult = (result) => request("POST", "/sim/drop", result);
export const triggerEvent = (chatId, event, details = {}) => request("POST", `/sim/chats/${chatId}/${event}`, details);
export const addFault = (fault) => request("POST", "/sim/faults", fault);
export const clearFaults = () => request("DELETE", "/sim/faults");
export const advanceClock = (seconds) => request("PUT", "/sim/clock", { forward_s: seconds });
export const reset = () => request("POST", "/sim/reset", {});
