"""Local stand-ins of outside systems, as servers over real sockets."""
