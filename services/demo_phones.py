"""Stand-ins for phones: a little server on this machine that takes the demonstration's pages and shows them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

MAX_PAGE_BYTES = 65_536
Rang = Callable[[str, str], None]
"""Called with the person's id and the title of the page."""


class _Page(msgspec.Struct):
    """What apprise posts to a `json://` address."""

    title: str = ""
    message: str = ""


@contextmanager
def ringing(rang: Rang) -> Iterator[str]:
    """Phones for everybody, while the context lasts; gives the address to which a person's id is added."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(rang))
    thread = threading.Thread(target=server.serve_forever, name="fenghuo-phones", daemon=True)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(rang: Rang) -> type[BaseHTTPRequestHandler]:
    class Phone(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), MAX_PAGE_BYTES))
            try:
                page = msgspec.json.decode(body, type=_Page)
            except msgspec.DecodeError:
                self.send_error(400)
                return
            rang(self.path.strip("/"), page.title or page.message)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's signature)
            """The pages themselves are shown; the requests are not."""

    return Phone
