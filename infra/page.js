// Viewer request of all other paths. INDEX and NOT_FOUND stand above it: infra/edge.py.

function handler(event) {
    const request = event.request;
    const reading = request.method === "GET" || request.method === "HEAD";
    if (!reading || request.uri !== "/") return NOT_FOUND;
    request.uri = INDEX;
    return request;
}
