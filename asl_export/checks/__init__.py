"""One rule per file, each a function from the graph to diagnostics. CHECKS lists them."""
