"""A language-model server that speaks Ollama's HTTP API, for machines that have no Ollama.

`engine.py` is what a model has to be able to do; `llama.py` does it with llama.cpp, `scripted.py`
by a script, with faults, for tests and benchmarks. `asking.py` reads requests, `residency.py` loads
models and queues for them, `api.py` answers over HTTP, `server.py` opens the port. `weights.py`
fetches models. `service.py` is the process that this home shares. Prompts and what is made of
answers are no business of this package: `phoenix_re/enrich/` talks to it as to any other Ollama.
"""
