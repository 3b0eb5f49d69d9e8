"""URLs that must never make the service connect to anything: each as a caller could send it, or a server redirect to.

``{port}`` is where a real listener waits on loopback, so that a connection would succeed if it were tried.
"""

LOOPBACK_HOSTS = (
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.000.000.001", "127.127.127.127", "2130706433", "2130706433.",
    "017700000001", "0177.0.0.1", "0177.0.0.01", "0177.1", "00000177.0.0.1", "0x7f000001", "0X7F000001", "0x7f.0.0.1",
    "0x7f.1", "0x7F.0x0.0x0.0x1", "0x0000007f.0.0.1", "127.0x1", "127.0.0x0.01", "0", "0.0.0.0", "0x0", "00", "0.",
    "１２７.0.0.1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "①②⑦.⓪.⓪.①", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "₁₂₇.₀.₀.₁",
    "２１３０７０６４３３", "0ｘ7f.1", "127.0.0.\u00ad1", "1\u200b27.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]", "[::0001]",
    "[::]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]", "[0:0:0:0:0:ffff:7f00:0001]",
    "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::127.0.0.1]", "[2002:7f00:1::]",
    "[2002:7f00:0001::1]", "[2001:0:7f00:1::]", "[2001:0:808:808:0:0:80ff:fffe]", "[2606:4700::5efe:7f00:1]",
    "[2606:4700::200:5efe:127.0.0.1]", "[::1%25lo]", "[::1%lo]", "[fe80::1%25eth0]", "[::1]]", "[[::1]]",
    "[127.0.0.1]", "::1", "[::1", "[v1.fe80::1]", "localhost", "localhost.", "LOCALHOST", "LocalHost", "a.localhost",
    "localhost.localdomain", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ", "loca\u00adlhost", "localhoſt",
    "127.0.0.1%00.example.com", "127.0.0.1%2eexample.com", "%6cocalhost", "%31%32%37.0.0.1", "localhost%00",
    "127.0.0.256", "1.2.3.4.5", "127.0.0.0x1g.1", "4294967296", "0xffffffffff", "08.0.0.1", "1..127.0.0.1",
    ".127.0.0.1", "127.0.0.1..", "example.127", "example.0x7f", "xn--127-.0.0.1", "xn--a", "router", "intranet",
)  # fmt: skip
"""Spellings of this machine, of a part of a local network, or of nothing: all with the listener's port."""

FORBIDDEN_HOSTS = (
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "169.254.169.254",
    "169.254.170.2", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.49.2",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::ffff:169.254.169.254]",
    "[64:ff9b::10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[2002:a00:1::]", "[2002:c0a8:1::1]",
    "[2002:a9fe:a9fe::]", "[2001:0:a00:1::]", "[2001::1]", "[2001:2::1]", "[2001:10::1]", "[2001:db8::1]", "[3fff::1]",
    "[100::1]", "[5f00::1]", "[fc00::1]", "[fd00:ec2::254]", "[fdff::1]", "[fe80::1]", "[febf::1]", "[fec0::1]",
    "[ff02::1]", "[ff0e::1]", "[4000::1]", "[::2]", "[2606:4700::5efe:10.0.0.1]", "metadata.google.internal",
    "kubernetes.default.svc.cluster.local", "printer.local", "db.internal", "nas.lan", "host.docker.internal",
    "1.0.0.127.in-addr.arpa", "router.home.arpa",
)  # fmt: skip

TRICKS = (
    "http://8.8.8.8@127.0.0.1:{port}/", "http://public.example@127.0.0.1:{port}/",
    "http://public.example:80@127.0.0.1:{port}/", "http://user:secret@127.0.0.1:{port}/", "http://@127.0.0.1:{port}/",
    "http://:@127.0.0.1:{port}/", "http://127.0.0.1:{port}@8.8.8.8/", "http://8.8.8.8#@127.0.0.1:{port}/\\",
    "http://8.8.8.8\\@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@8.8.8.8/", "http://8.8.8.8\\.127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\", "http:/\\127.0.0.1:{port}/", "\\\\127.0.0.1:{port}\\share",
    "http://127.0.0.1:{port}\\.public.example/", "http://public.example\t@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\t/", "http://127.0.0.1\r\n:{port}/", "http://127.0.0.1:{port}/\r\nHost: public.example",
    "http://127.0.0.1:{port}/ HTTP/1.1\r\nX: y", "http://127.0.0.1:{port}/\x00", "\x00http://127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/", "http://127.0.0.1:{port}/ ", "http://127.0.0.1 :{port}/",
    "ht\ntp://127.0.0.1:{port}/", "http:\n//127.0.0.1:{port}/", "http://127.0.0.1:{port}\u2028/",
    "http://127.0.0.1\u00a0:{port}/", "http://127.0.0.1:{port}/\ud800", "http://public.example\u2100127.0.0.1:{port}/",
    "http://public.example\uff20127.0.0.1:{port}/", "http://public.example\uff0f@127.0.0.1:{port}/",
    "http://public.example\uff1a80@127.0.0.1/", "http:///127.0.0.1:{port}/", "http:////127.0.0.1:{port}/",
    "http://:{port}/", "http://", "http:127.0.0.1:{port}", "//127.0.0.1:{port}/", "127.0.0.1:{port}", "",
    "http://127.0.0.1:{port}:80/", "http://127.0.0.1:+{port}/", "http://127.0.0.1:-1/", "http://127.0.0.1:１２３４/",
    "http://127.0.0.1:99999/", "http://127.0.0.1:65536/", "http://127.0.0.1:0/", "http://127.0.0.1:{port}0000/",
    "http://127.0.0.1:0x50/", "http://8.8.8.8,127.0.0.1:{port}/", "http://8.8.8.8;127.0.0.1:{port}/",
    "http://8.8.8.8&@127.0.0.1:{port}/", "http://127.0.0.1:{port}" + "/a" * 1100,
    "http://127.0.0.1:{port}/?" + "ü" * 400, "http://" + "a." * 127 + "example/", "http://" + "a" * 64 + ".example/",
    "http://-a.example/", "http://a-.example/", "http://*.example/", "http://a,b.example/", "http://<a>.example/",
    "http://$(id).example/",
)  # fmt: skip

SCHEMES = (
    "file:///etc/passwd", "file://127.0.0.1/etc/passwd", "file:/etc/passwd", "FILE:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET", "ftp://127.0.0.1:{port}/x", "ftps://127.0.0.1:{port}/x",
    "sftp://127.0.0.1:{port}/x", "tftp://127.0.0.1:{port}/x", "dict://127.0.0.1:{port}/d", "ldap://127.0.0.1:{port}/",
    "smb://127.0.0.1/share", "jar:http://127.0.0.1:{port}!/", "netdoc:///etc/passwd", "data:text/plain,x",
    "data:video/mp4;base64,AAAA", "javascript:alert(1)", "blob:http://127.0.0.1:{port}/x", "about:blank",
    "ws://127.0.0.1:{port}/", "wss://127.0.0.1:{port}/", "unix:///run/x.sock", "http+unix://%2Frun%2Fx.sock/",
    "view-source:http://127.0.0.1:{port}/", "feed:http://127.0.0.1:{port}/", "concat:http://127.0.0.1:{port}/|x",
    "hls+http://127.0.0.1:{port}/", "rtsp://127.0.0.1:{port}/", "rtmp://127.0.0.1:{port}/", "cache:x",
    "subfile,,start,0,end,9,,:/etc/passwd", "s3://bucket/key", "urn:x", "httpx://127.0.0.1:{port}/",
    "http2://127.0.0.1:{port}/", "hтtp://127.0.0.1:{port}/", "ｈttp://127.0.0.1:{port}/",
)  # fmt: skip

PORTS = tuple(
    f"http://8.8.8.8:{port}/"
    for port in (
        1,
        22,
        23,
        25,
        53,
        110,
        143,
        389,
        445,
        465,
        587,
        2375,
        3306,
        3389,
        5432,
        5672,
        6379,
        6667,
        11211,
        27017,
    )
)
"""A public address, and a service that does not speak HTTP."""

HOSTILE = (
    tuple(f"http://{host}:{{port}}/x?token=s3cret" for host in LOOPBACK_HOSTS)
    + tuple(f"https://{host}/x" for host in FORBIDDEN_HOSTS)
    + TRICKS
    + SCHEMES
    + PORTS
)


def with_port(template: str, port: int) -> str:
    """The URL that points at the listener."""
    return template.replace("{port}", str(port))
