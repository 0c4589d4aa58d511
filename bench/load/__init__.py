"""The other side, each in a process of its own: platforms that call, browsers that listen, a platform that takes."""
