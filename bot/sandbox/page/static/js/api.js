// What a person does, told to the sandbox. Errors come as words for a toast.

async function ask(method, path, body) {
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

export const setScene = () => ask("POST", "/page/scene");
export const commands = (chatId, userId) => ask("GET", `/page/commands?${query({ chat_id: chatId, user_id: userId })}`);
export const fileAddress = (fileId) => `/page/files/${encodeURIComponent(fileId)}`;
export const send = (message) => ask("POST", "/sim/messages", message);
export const edit = (message) => ask("PUT", "/sim/messages", message);
export const press = (button) => ask("POST", "/sim/press", button);
export const inline = (wanted) => ask("POST", "/sim/inline", wanted);
export const drop = (result) => ask("POST", "/sim/drop", result);
export const happen = (chatId, event, details = {}) => ask("POST", `/sim/chats/${chatId}/${event}`, details);
export const addFault = (fault) => ask("POST", "/sim/faults", fault);
export const clearFaults = () => ask("DELETE", "/sim/faults");
export const forward = (seconds) => ask("PUT", "/sim/clock", { forward_s: seconds });
export const reset = () => ask("POST", "/sim/reset", {});
