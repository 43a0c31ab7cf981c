"""Messages, their buttons and the buttons' callback data: one module per feature, without I/O."""
