"""From blocks to states, and from states to Amazon States Language."""
