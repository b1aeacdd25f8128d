"""WS-Management envelopes: requests read, answers and faults written ([MS-WSMV] 2.2.4)."""

import uuid
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, XML, register_namespace, tostring

NAMESPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
    "ps": "http://schemas.microsoft.com/powershell",
    "i": "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd",
}
for _prefix, _namespace in NAMESPACES.items():
    register_namespace(_prefix, _namespace)

LANGUAGE = {"{http://www.w3.org/XML/1998/namespace}lang": "en-US"}
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"


def tag(name):
    """`s:Body` as ElementTree writes it."""
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def child(parent, name, text=None, **attributes):
    element = SubElement(parent, tag(name), attributes)
    element.text = text
    return element


@dataclass(frozen=True)
class Request:
    action: str
    message_id: str
    to: str
    resource: str
    max_envelope: int
    timeout: str
    """An xs:duration of seconds."""
    shell_id: str
    options: dict
    body: Element

    @property
    def seconds(self):
        return float(self.timeout.removeprefix("PT").removesuffix("S"))

    @staticmethod
    def read(text):
        envelope = XML(text)
        header = envelope.find(tag("s:Header"))

        def text_of(name):
            return header.findtext(tag(name), "").strip()

        selectors = {item.get("Name"): item.text for item in header.iter(tag("w:Selector"))}
        return Request(
            action=text_of("a:Action").rpartition("/")[2],
            message_id=text_of("a:MessageID"),
            to=text_of("a:To"),
            resource=text_of("w:ResourceURI"),
            max_envelope=int(text_of("w:MaxEnvelopeSize")),
            timeout=text_of("w:OperationTimeout"),
            shell_id=selectors.get("ShellId", ""),
            options={item.get("Name"): item.text for item in header.iter(tag("w:Option"))},
            body=envelope.find(tag("s:Body")),
        )


def asks_what_this_is(text):
    """Identify (DSP0226 11) has no header to speak of."""
    return XML(text).find(f"{tag('s:Body')}/{tag('i:Identify')}") is not None


def identity():
    envelope = Element(tag("s:Envelope"), LANGUAGE)
    child(envelope, "s:Header")
    response = child(child(envelope, "s:Body"), "i:IdentifyResponse")
    child(response, "i:ProtocolVersion", NAMESPACES["w"])
    child(response, "i:ProductVendor", "Microsoft Corporation")
    child(response, "i:ProductVersion", "OS: 6.0.6003 SP: 2.0 Stack: 2.0")
    return envelope


def answer(request, action):
    """An envelope and its empty body."""
    envelope = Element(tag("s:Envelope"), LANGUAGE)
    header = child(envelope, "s:Header")
    child(header, "a:Action", action)
    child(header, "a:MessageID", f"uuid:{uuid.uuid4()}".upper())
    child(header, "a:To", ANONYMOUS)
    child(header, "a:RelatesTo", request.message_id)
    return envelope, child(envelope, "s:Body")


def written(envelope):
    return tostring(envelope, encoding="utf-8")


class Fault(Exception):
    """A request that is not served. The number is Windows', the kind WS-Management's."""

    def __init__(self, number, kind, text):
        super().__init__(text)
        self.number = number
        self.kind = kind

    def envelope(self, request):
        envelope, body = answer(request, NAMESPACES["a"] + "/fault")
        fault = child(body, "s:Fault")
        code = child(fault, "s:Code")
        child(code, "s:Value", "s:Receiver")
        # ElementTree declares only the prefixes of names, not of values
        subcode = child(code, "s:Subcode", **{"xmlns:w": NAMESPACES["w"]})
        child(subcode, "s:Value", f"w:{self.kind}")
        child(child(fault, "s:Reason"), "s:Text", f"{self} ", **LANGUAGE)
        detail = child(child(fault, "s:Detail"), "f:WSManFault", Code=str(self.number), Machine="ex01")
        child(detail, "f:Message", f"{self} ")
        return envelope


def timed_out():
    text = "The WS-Management service cannot complete the operation within the time specified in OperationTimeout."
    return Fault(2150858793, "TimedOut", text)


def no_such_shell():
    text = "The request for the Windows Remote Shell failed because the shell was not found on the server."
    return Fault(2150858843, "InvalidSelectors", text)


def host_process_gone():
    """As people report it of a wsmprovhost.exe that died; not seen recorded."""
    text = "The WSMan provider host process did not return a proper response."
    return Fault(1726, "InternalError", text)
