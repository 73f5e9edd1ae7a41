// An OpenID provider (oidc-provider) for tests: says its port, ends when its input does.
// Argument: JSON {clients, pkce}. POST /accounts {id: claims} tells it who there is; whoever logs in
// at its own pages gives an id and any password.

import { createServer } from "node:http";
import Provider from "oidc-provider";

const given = JSON.parse(process.argv[2]);
const accounts = new Map();
const server = createServer();
server.listen(0, "127.0.0.1", start);
process.stdin.on("end", () => process.exit(0)).resume();

function start() {
  const { port } = server.address();
  const answer = makeProvider(`http://127.0.0.1:${port}`).callback();
  server.on("request", (request, response) => {
    if (request.url === "/accounts") meet(request, response);
    else answer(request, response);
  });
  process.stdout.write(`${JSON.stringify({ port })}\n`);
}

function makeProvider(issuer) {
  const own = ["email", "email_verified", "name", "preferred_username", "picture", "roles", "groups"];
  return new Provider(issuer, {
    clients: given.clients,
    findAccount: (_, id) => accounts.has(id) && { accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) },
    claims: { openid: ["sub", ...own] },
    conformIdTokenClaims: false,
    features: { introspection: { enabled: true }, devInteractions: { enabled: true } },
    pkce: { required: (_, client) => given.pkce.includes(client.clientId) },
    cookies: { keys: ["only for tests"] },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
}

async function meet(request, response) {
  let text = "";
  for await (const part of request) text += part;
  for (const [id, claims] of Object.entries(JSON.parse(text))) accounts.set(id, claims);
  response.writeHead(204).end();
}
