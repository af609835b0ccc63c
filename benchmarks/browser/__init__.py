"""What a page costs the browser of its reader, measured in Chromium: rendering, long tasks, first paint."""
