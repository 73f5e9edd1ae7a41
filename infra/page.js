// Viewer request of all other paths. PAGE and NOT_FOUND stand above it: infra/edge.py.

function handler(event) {
    const request = event.request;
    const reading = request.method === "GET" || request.method === "HEAD";
    return reading && request.uri === "/" ? PAGE : NOT_FOUND;
}
