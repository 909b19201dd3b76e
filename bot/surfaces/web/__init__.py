"""The web desk: pages for people, from templates, over one small server beside the worker."""
