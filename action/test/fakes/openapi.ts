import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

/**
 * Holds requests, and the answers of a fake server, against an official OpenAPI description. What the description
 * does not know (path, method, query parameter, body property) is a violation: neither the code under test nor the
 * fake can part from the real service unnoticed.
 */
export type Contract = {
  /** @returns what is wrong with the request, one sentence each; empty when it is as described */
  checkRequest: (request: ContractRequest) => string[];
  /** @returns what is wrong with the answer; undocumented errors (401, 429, 5xx) can come from anywhere and are let through */
  checkResponse: (response: ContractResponse) => string[];
  /** Everything that both checks have found since the contract was created. */
  violations: string[];
};

export type ContractRequest = {
  method: string;
  /** As it stands in the request line, with the query. */
  url: string;
  /** Names in lower case, as `node:http` gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as it was received; empty when there was none. */
  body: string;
};

export type ContractResponse = {
  method: string;
  url: string;
  status: number;
  /** The body before it is written as JSON; `undefined` for none. */
  body: unknown;
};

export type ContractOptions = {
  /** Stands before every path of the description, such as `/api/v10`. */
  basePath?: string;
  /** Whether a request must carry an `Authorization` header or must not. */
  authorization: 'required' | 'forbidden';
};

type JsonObject = { [key: string]: unknown };

type Operation = {
  template: string;
  operation: JsonObject;
  parameters: JsonObject[];
  searchParams: URLSearchParams;
  /** By the template's part: `{owner}` and the like. */
  pathValues: Map<string, string>;
};

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

const object = (value: unknown): JsonObject => (isObject(value) ? value : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** OpenAPI 3.0 knows `nullable`, JSON Schema does not. With `closed`, an object takes the properties it names and no others. */
function toJsonSchema(value: unknown, closed: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => toJsonSchema(item, closed));
  if (!isObject(value)) return value;
  const { nullable, ...rest } = value;
  const schema: JsonObject = {};
  for (const [key, item] of Object.entries(rest)) {
    // The members of an allOf see each other's properties as unknown ones.
    schema[key] = toJsonSchema(item, closed && key !== 'allOf' && key !== 'example' && key !== 'examples');
  }
  const open = 'additionalProperties' in schema || !isObject(schema['properties']);
  if (closed && !open) schema['unevaluatedProperties'] = false;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

const pointer = (...keys: string[]): string => `#${keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`;

/** The descriptions are large, and every file that checks against them compiles what it needs once: quickly is worth more than what runs quickly. */
function createAjv(document: JsonObject, closed: boolean, coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, coerceTypes, inlineRefs: false, code: { optimize: false }, validateSchema: false });
  ajvFormats.default(ajv);
  return ajv.addSchema(object(toJsonSchema(document, closed)), 'api');
}

type Description = {
  document: JsonObject;
  ajv: Record<'body' | 'parameter' | 'response', Ajv2020>;
  compiled: Map<string, ValidateFunction>;
};

/** Never changed once it is read. Compiling a check takes longer than a whole run of the action, so all contracts of this process share them. */
const descriptions = new Map<string, Description>();

function readDescription(file: string): Description {
  const known = descriptions.get(file);
  if (known) return known;
  const document: JsonObject = JSON.parse(readFileSync(new URL(`../fixtures/contracts/${file}`, import.meta.url), 'utf8'));
  const description = {
    document,
    ajv: {
      body: createAjv(document, true, false),
      parameter: createAjv(document, false, true),
      response: createAjv(document, false, false),
    },
    compiled: new Map<string, ValidateFunction>(),
  };
  descriptions.set(file, description);
  return description;
}

/** @param file an OpenAPI description in `action/test/fixtures/contracts` */
export function createContract(file: string, options: ContractOptions): Contract {
  const { document, ajv, compiled } = readDescription(file);
  const violations: string[] = [];

  function validate(kind: keyof typeof ajv, schema: JsonObject, value: unknown, what: string): string[] {
    const key = `${kind} ${JSON.stringify(schema)}`;
    const check = compiled.get(key) ?? ajv[kind].compile(schema);
    compiled.set(key, check);
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`);
  }

  const resolve = (value: unknown): JsonObject => {
    const reference = object(value)['$ref'];
    if (typeof reference !== 'string') return object(value);
    return reference
      .slice(2)
      .split('/')
      .reduce<JsonObject>((at, key) => object(at[key]), document);
  };

  function findOperation(method: string, url: string): Operation | undefined {
    const { pathname, searchParams } = new URL(url, 'http://server.invalid');
    const base = options.basePath ?? '';
    if (!pathname.startsWith(base)) return undefined;
    const parts = pathname.slice(base.length).split('/');
    const candidates = Object.keys(object(document['paths']))
      .filter((template) => {
        const wanted = template.split('/');
        return wanted.length === parts.length && wanted.every((part, index) => part.startsWith('{') || part === parts[index]);
      })
      // A path without a variable is the more exact one.
      .sort((a, b) => a.split('{').length - b.split('{').length);
    const template = candidates[0];
    if (template === undefined) return undefined;
    const item = object(object(document['paths'])[template]);
    const operation = item[method.toLowerCase()];
    if (!isObject(operation)) return undefined;
    const pathValues = new Map(template.split('/').map((part, index) => [part, decodeURIComponent(parts[index] ?? '')]));
    const parameters = [...list(item['parameters']), ...list(operation['parameters'])].map(resolve);
    return { template, operation, parameters, searchParams, pathValues };
  }

  function parameterProblems({ parameters, searchParams, pathValues }: Operation): string[] {
    const inQuery = parameters.filter((parameter) => parameter['in'] === 'query').map((parameter) => parameter['name']);
    const unknown = [...searchParams.keys()].filter((name) => !inQuery.includes(name));
    const wrong = parameters.flatMap((parameter) => {
      const name = String(parameter['name']);
      const value = parameter['in'] === 'path' ? pathValues.get(`{${name}}`) : (searchParams.get(name) ?? undefined);
      if (value === undefined) return parameter['required'] === true ? [`parameter ${name} is missing`] : [];
      const schema = { type: 'object', properties: { value: localReferences(parameter['schema']) } };
      return validate('parameter', schema, { value }, `parameter ${name}`);
    });
    return [...unknown.map((name) => `query parameter ${name} is not described`), ...wrong];
  }

  function headerProblems({ headers }: ContractRequest): string[] {
    const authorization = headers['authorization'];
    return [
      options.authorization === 'required' && !/^(token|Bearer) \S+$/.test(String(authorization)) && 'the Authorization header is missing or malformed',
      options.authorization === 'forbidden' && authorization !== undefined && 'the Authorization header has no business here',
      !headers['user-agent'] && 'the User-Agent header is missing',
    ].filter((problem) => problem !== false);
  }

  function bodyProblems({ template, operation }: Operation, request: ContractRequest): string[] {
    const described = operation['requestBody'];
    if (request.body === '') return object(described)['required'] === true ? ['the body is missing'] : [];
    if (described === undefined) return ['a body is not described'];
    const type = String(request.headers['content-type'] ?? '').split(';')[0];
    if (type !== 'application/json') return [`the content type is ${type}, and only JSON can be checked`];
    let body: unknown;
    try {
      body = JSON.parse(request.body);
    } catch {
      return ['the body is not JSON'];
    }
    const at = pointer('paths', template, request.method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema');
    return validate('body', { $ref: `api${at}` }, body, 'body');
  }

  function requestProblems(request: ContractRequest): string[] {
    const found = findOperation(request.method, request.url);
    if (!found) return ['there is no such operation'];
    return [...headerProblems(request), ...parameterProblems(found), ...bodyProblems(found, request)];
  }

  function responseProblems({ method, url, status, body }: ContractResponse): string[] {
    const found = findOperation(method, url);
    if (!found) return status >= 400 ? [] : ['there is no such operation'];
    const responses = object(found.operation['responses']);
    const described = responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`];
    if (described === undefined) return status >= 400 ? [] : [`status ${status} is not described`];
    const schema = object(object(resolve(described)['content'])['application/json'])['schema'];
    if (schema === undefined) return body === undefined ? [] : ['a body is not described'];
    return validate('response', object(localReferences(schema)), body, 'response');
  }

  const collect = (where: string, problems: string[]): string[] => {
    const sentences = problems.map((problem) => `${where}: ${problem}`);
    violations.push(...sentences);
    return sentences;
  };

  return {
    checkRequest: (request) => collect(`${request.method} ${request.url}`, requestProblems(request)),
    checkResponse: (response) => collect(`${response.method} ${response.url} ${response.status}`, responseProblems(response)),
    violations,
  };
}

/** A schema taken out of its document: its references still mean that document. */
function localReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(localReferences);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key === '$ref' ? `api${item}` : localReferences(item)]));
}
