"""The language model's side of `enrich/`: what is asked, who is asked, and what of it is believed.

`prompt.py` holds the question, `servers.py` the Ollama servers that answer it, `claims.py` the
judge who lets through what the remarks prove. No rule, no cache and no batch here, and nothing
that a model says leaves `claims.py` without evidence.
"""
