/** Runs .http files: as much of the format of VS Code's REST Client as the examples use. */
import { awaitUntil } from './await-until.ts';

/** One request of a file, with its variables still in place. */
export interface HttpRequest {
  /** The text behind `###`. */
  readonly title: string;
  /** From `# @name`. */
  readonly name: string | undefined;
  /** From `# expect`. */
  readonly expected: number | undefined;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HttpFile {
  readonly variables: Readonly<Record<string, string>>;
  readonly requests: readonly HttpRequest[];
}

export interface HttpResult {
  readonly title: string;
  /** Where it was sent. */
  readonly url: string;
  readonly expected: number | undefined;
  readonly status: number;
  readonly body: unknown;
}

/** `@name = value` lines, and requests that begin with `###`. */
export function parseHttpFile(text: string): HttpFile {
  const [head = '', ...parts] = text.split(/^###/m);
  const variables = [...head.matchAll(/^@(\w+)\s*=\s*(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.trim(),
  ]);
  return {
    variables: Object.fromEntries(variables) as Record<string, string>,
    requests: parts.map(parseRequest),
  };
}

function parseRequest(part: string): HttpRequest {
  const [title = '', ...lines] = part.split('\n');
  const comments = lines.filter((line) => line.startsWith('#'));
  const rest = lines
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .trim();
  const [head = '', ...body] = rest.split(/\n\s*\n/);
  const [first = '', ...fields] = head.split('\n');
  const [, method, url] = /^([A-Z]+)\s+(\S+)$/.exec(first.trim()) ?? [];
  if (method === undefined || url === undefined)
    throw new Error(`no request line under "###${title}": ${first}`);
  const comment = (pattern: RegExp) =>
    comments.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
  const expected = comment(/^#\s*expect\s+(\d{3})\s*$/);
  const headers = fields.map((line) => [
    line.slice(0, line.indexOf(':')).trim(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return {
    title: title.trim(),
    name: comment(/^#\s*@name\s+(\w+)/),
    expected: expected === undefined ? undefined : Number(expected),
    method,
    url,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: body.length === 0 ? undefined : body.join('\n\n'),
  };
}

/**
 * Sends the requests one after the other. `variables` replace those of the file. When a reference finds nothing in the
 * response that it names, that GET is sent again for up to 5 s: lists are a moment behind.
 */
export async function runHttpFile(
  { variables, requests }: HttpFile,
  replaced: Readonly<Record<string, string>>,
): Promise<HttpResult[]> {
  const known = { ...variables, ...replaced };
  const responses = new Map<string, unknown>();
  const sendNow = async (request: HttpRequest): Promise<HttpResult> => {
    const { title, name, expected, method } = request;
    const headers = await Promise.all(
      Object.entries(request.headers).map(async ([field, value]) => [field, await filled(value)]),
    );
    const url = await filled(request.url);
    const response = await fetch(url, {
      method,
      headers: Object.fromEntries(headers) as Record<string, string>,
      ...(request.body === undefined ? {} : { body: await filled(request.body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    const body: unknown = isJson ? JSON.parse(text) : text;
    if (name !== undefined) responses.set(name, body);
    return { title, url, expected, status: response.status, body };
  };
  const filled = async (text: string): Promise<string> => {
    let result = text;
    for (const [whole, reference = ''] of text.matchAll(/\{\{\s*([^}]+?)\s*\}\}/g)) {
      result = result.replace(whole, known[reference] ?? (await referred(reference)));
    }
    return result;
  };
  const referred = async (reference: string): Promise<string> => {
    const [, name = '', path = ''] = /^(\w+)\.response\.body\.(.+)$/.exec(reference) ?? [];
    const source = requests.find((request) => request.name === name);
    if (!source || !responses.has(name)) throw new Error(`nothing is known of {{${reference}}}`);
    const found = () => valueAt(responses.get(name), path);
    return awaitUntil(
      `a value for {{${reference}}}`,
      async () => {
        if (found() === undefined && source.method === 'GET') await sendNow(source);
        return found();
      },
      5_000,
    );
  };
  const results: HttpResult[] = [];
  for (const request of requests) results.push(await sendNow(request));
  return results;
}

/** What lies at `a.b[0].c`, as text. */
function valueAt(value: unknown, path: string): string | undefined {
  const found = path
    .split(/[.[\]]+/)
    .filter((part) => part !== '' && part !== '$')
    .reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | null | undefined)?.[part],
      value,
    );
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}
