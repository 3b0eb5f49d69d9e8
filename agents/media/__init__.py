"""The only place that opens media: FFmpeg and PyAV under format and protocol whitelists."""
