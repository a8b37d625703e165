"""How soon viewers have a picture again after `kill -9` of their media worker."""
