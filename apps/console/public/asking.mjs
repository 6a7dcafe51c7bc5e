/** What went wrong, in a word that the reader can do something with. */
export class Away extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const TOKEN = 'perennial.token';
export const rememberToken = (token) => sessionStorage.setItem(TOKEN, token);

/**
 * JSON of an address. The browser asks with the ETag that it has, and is spared an unchanged answer.
 * Throws Away: nobody answers, or the answer is not what it should be.
 */
export async function ask(path) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  let response;
  try {
    response = await fetch(path, { headers, cache: 'no-cache', signal: AbortSignal.timeout(15_000) });
  } catch {
    throw new Away('Nobody answers. Is Perennial running?');
  }
  if (response.status === 401 || response.status === 403) throw new Away('A reader’s token is needed.', 401);
  if (response.status === 404)
    throw new Away('This service is not part of the process that serves this page.', 404);
  if (!response.ok)
    throw new Away(`The service has a problem just now (${response.status}).`, response.status);
  return response.json();
}
