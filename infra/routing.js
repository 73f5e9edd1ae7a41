// Viewer request of /api/* and of pages. API, FAMILY, OWNERS, ROOTS, DEPTH, BINARY and NOT_FOUND
// stand above it: infra/edge.py.

function owner(path) {
    let found = OWNERS[(path.match(FAMILY) || [""])[0]];
    for (let cut = 0, slashes = 0; slashes < DEPTH; slashes++) {
        cut = path.indexOf("/", cut) + 1;
        if (cut === 0) break;
        found = OWNERS[path.slice(0, cut)] || found;
    }
    return OWNERS[path] || found;
}

function handler(event) {
    const request = event.request;
    const inside = request.uri.indexOf(API + "/") === 0;
    // With its slash no path is a name that every object has, such as "constructor".
    const path = inside ? request.uri.slice(API.length) : request.uri;
    const service = inside ? owner(path) : ROOTS[path.slice(0, path.indexOf("/", 1) + 1)];
    if (!service) return NOT_FOUND;
    // A gateway sends bytes as bytes only to who says first that it takes them: pages are, and so
    // is a large answer that is compressed.
    const reading = request.method === "GET" || request.method === "HEAD";
    if (!inside || reading) request.headers.accept = { value: BINARY };
    request.uri = API + "/" + service + path;
    return request;
}
