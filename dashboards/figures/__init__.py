"""Frame -> Plotly figure, pure. Colours are CSS variables of ``theme``; texts from logs pass ``words.label``."""
