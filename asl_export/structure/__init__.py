"""From the graph to blocks: series where tasks wait for each other, parallel where they don't."""
