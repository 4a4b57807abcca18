// What the page asks of the service. The cookie of the same origin says who asks.

/** An answer that is no success, in the words of the service. */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

async function problemOf(response) {
  if (response.status === 401) {
    return new Problem(401, "unauthorised", "You are not signed in, or the token has changed. Open the address that the service printed at its start.");
  }
  let said = {};
  try {
    said = await response.json();
  } catch {
    // a proxy may answer with something else than JSON; the status has to do
  }
  return new Problem(response.status, said.code, said.detail || said.title || `The service answered with status ${response.status}.`);
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch {
    throw new Problem(0, "unreachable", "The service cannot be reached.");
  }
  if (!response.ok && response.status !== 304) throw await problemOf(response);
  return response;
}

/** Return the JSON of a resource. */
export async function read(path) {
  return (await ask(path)).json();
}

/** Return {document, tag} of a resource, or null while it is what `tag` stands for. */
export async function readUnlessSame(path, tag) {
  // no-store: the browser shall hand on the 304 instead of answering from its own cache
  const response = await ask(path, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
  return response.status === 304 ? null : { document: await response.json(), tag: response.headers.get("ETag") };
}

/** Send JSON and return the JSON of the answer. */
export async function send(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await ask(path, options)).json();
}

/** Yield the items of a list page by page, up to a number of items. */
export async function* pages(path, most, limit = 200) {
  let cursor = null, seen = 0;
  do {
    const query = `${path.includes("?") ? "&" : "?"}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
    const page = await read(path + query);
    yield page;
    seen += page.items.length;
    cursor = page.next;
  } while (cursor && seen < most);
}
