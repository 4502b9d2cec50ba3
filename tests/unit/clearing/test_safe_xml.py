"""XML from outside that could harm the reader is refused, with a reason."""

import pytest

from chalicelib.domain.clearing import safe_xml
from chalicelib.domain.clearing.safe_xml import BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX, XmlRefused, XmlTooLarge

NAMESPACE = "urn:example"
ENTITIES = "".join(f'<!ENTITY e{one} "{f"&e{one - 1};" * 10 if one else "x" * 10}">' for one in range(10))


def document(content: str, before: str = "") -> bytes:
    return f'{before}<Document xmlns="{NAMESPACE}">{content}</Document>'.encode()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "is no XML"),
        (b"\x00\xff", "is no XML"),
        (b"<Document>", "is no XML"),
        (document("", "<!DOCTYPE Document>"), "has a DOCTYPE"),
        (document("&x;", '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "has a DOCTYPE"),
        (document("", '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">'), "has a DOCTYPE"),
        (document("", f"<!DOCTYPE Document [{ENTITIES}]>"), "has a DOCTYPE"),
        (document("<a>" * DEPTH_MAX + "</a>" * DEPTH_MAX), "nested more than"),
        (document("<a>" * 5000 + "</a>" * 5000), "is no XML|nested more than"),
        (b"<Document/>", "is not a Document of urn:example"),
        (b'<Other xmlns="urn:example"/>', "is not a Document of urn:example"),
        ('<?xml version="1.0" encoding="UTF-16"?><Document xmlns="urn:example"/>'.encode("utf-16"), "send UTF-8"),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE Document><Document xmlns="urn:example"/>'.encode(
                "utf-16"
            ),
            "D",
        ),
        (document("&e9;", f"<!DOCTYPE Document [{ENTITIES}]>"), "has a DOCTYPE|is no XML"),
    ],
)
def test_harmful_documents_are_refused_with_a_reason(sent: bytes, reason: str) -> None:
    with pytest.raises(XmlRefused, match=reason):
        safe_xml.parse(sent, NAMESPACE)


def test_a_document_that_is_too_large_is_not_parsed() -> None:
    with pytest.raises(XmlTooLarge, match=str(BYTES_MAX)):
        safe_xml.parse(b"<" * (BYTES_MAX + 1), NAMESPACE)


def test_document_of_more_elements_than_payments_can_need_is_refused() -> None:
    assert len(safe_xml.parse(document("<a/>" * (ELEMENTS_MAX - 1)), NAMESPACE)) == ELEMENTS_MAX - 1
    with pytest.raises(XmlRefused, match=f"more than {ELEMENTS_MAX} elements"):
        safe_xml.parse(document("<a/>" * ELEMENTS_MAX), NAMESPACE)


def test_document_as_deep_as_it_may_be_is_read() -> None:
    assert safe_xml.parse(document("<a>" * (DEPTH_MAX - 1) + "</a>" * (DEPTH_MAX - 1)), NAMESPACE).tag.endswith("t")


def test_comments_and_instructions_are_not_read() -> None:
    root = safe_xml.parse(document("<a>1<!-- 2 -->3</a><?php 4?>"), NAMESPACE)
    assert "".join(root.itertext()) == "13"


def test_paths_count_only_where_there_are_several() -> None:
    root = safe_xml.parse(document("<a/><b><c/><c/></b>"), NAMESPACE)
    assert [safe_xml.path_of(one) for one in root.iter()] == [
        "/Document",
        "/Document/a",
        "/Document/b",
        "/Document/b/c[1]",
        "/Document/b/c[2]",
    ]
