"""Colours of the timeline picture, light and dark. Layouts have Okabe and Ito's, which most people can tell apart."""

STYLE = """
svg { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  --page: #ffffff; --ink: #1b1f27; --soft: #59606d; --line: #d5d9e0; --ground: #eef0f4;
  --clip: #0b6e62; --cut: #8fcfc6; --topic0: #3b4a6b; --topic1: #66779e; --sound: #7d8797; --silence: #eef0f4; }
@media (prefers-color-scheme: dark) { svg {
  --page: #14161b; --ink: #eceef2; --soft: #a7aebb; --line: #353b46; --ground: #23272f;
  --clip: #0e8677; --cut: #1f4f4a; --topic0: #4a5d8a; --topic1: #374262; --sound: #8b95a5; --silence: #23272f; } }
text { font-size: 12px; fill: var(--ink); }
.heading { font-size: 20px; font-weight: 600; } .sub, .lane, .tick, .time { fill: var(--soft); }
.list { font-size: 13px; } .caption { font-size: 13px; font-weight: 600; } .time { font-size: 13px; }
.inside { fill: #ffffff; } .dark { fill: #10131a; } .number { font-weight: 600; }
.page { fill: var(--page); } .ground { fill: var(--ground); }
.grid { stroke: var(--line); fill: none; } .change { stroke: var(--ink); fill: none; }
.clip { fill: var(--clip); } .cut { fill: var(--cut); } .edge { stroke: var(--page); stroke-width: 1.5; fill: none; }
.topic0 { fill: var(--topic0); } .topic1 { fill: var(--topic1); }
.sound { fill: var(--sound); } .silence { fill: var(--silence); stroke: var(--line); stroke-width: .5; }
.slides { fill: #0072b2; } .speaker { fill: #e69f00; } .picture_in_picture { fill: #56b4e9; }
.side_by_side { fill: #009e73; } .board { fill: #cc79a7; } .other { fill: #999999; }
"""
