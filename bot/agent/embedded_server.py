"""The embedded model's process: a local OpenAI-compatible server that ends with its parent.

Run as a file and not as a module of ``bot``, so that it starts with nothing but the engine. The first line of
standard input is its settings as JSON; then standard input stays open for as long as the parent lives.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from importlib import import_module


def main() -> None:
    """Start the server, say where it listens, wait for the parent to go."""
    asked = json.loads(sys.stdin.readline())
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the engine prints belongs in the log

    def follow_parent() -> None:
        while sys.stdin.buffer.read(1024):
            pass
        os._exit(0)

    threading.Thread(target=follow_parent, daemon=True).start()
    # By name: it is an optional dependency without types.
    xllamacpp = import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = asked["model"]
    params.model_alias = {asked["name"]}
    params.n_ctx, params.n_parallel, params.n_gpu_layers = asked["context"], 1, 0
    # One thread: the engine's threads spin while they wait, so a second one on a busy machine slows both down.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = asked["threads"]
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], asked["port"], [asked["key"]]
    params.cache_prompt, params.cache_ram_mib, params.n_threads_http = True, 0, 2
    params.use_jinja, params.offline, params.ui, params.verbosity = True, True, False, 1
    params.endpoint_slots = False
    params.cors_origins = "http://127.0.0.1"  # no web page may use it
    server = xllamacpp.Server(params)
    answer.write(json.dumps({"address": str(server.listening_address)}) + "\n")
    answer.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
