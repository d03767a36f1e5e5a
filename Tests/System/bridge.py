"""XML-RPC over a Unix socket in front of a control socket: what listeners that call back expect at SUPERVISOR_SERVER_URL."""

import contextlib
import os
import socketserver
import threading
import xmlrpc.client
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler

import control


class Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ()
    disable_nagle_algorithm = False  # not TCP

    def address_string(self):
        return "local"

    def log_request(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer, SimpleXMLRPCDispatcher):
    daemon_threads = True

    def __init__(self, path, target):
        SimpleXMLRPCDispatcher.__init__(self, allow_none=False, encoding="utf-8")
        socketserver.UnixStreamServer.__init__(self, str(path), Handler)
        self.target = target

    def _dispatch(self, method, parameters):
        try:
            with control.Control(self.target, timeout=30) as connection:
                return connection.call(method, *parameters)
        except control.Fault as fault:
            raise xmlrpc.client.Fault(fault.code, fault.text) from None


@contextlib.contextmanager
def bridge(path, target):
    """Serves at `path` what the control socket `target` answers."""
    with Server(path, target) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            os.unlink(path)
