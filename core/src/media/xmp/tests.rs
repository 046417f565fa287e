use super::*;

const URI: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
const AIGC: &str = r#"{"Label":"1","ContentProducer":"A & B <c>"}"#;

fn properties() -> [Property<'static>; 4] {
    [
        Property::digital_source_type(URI),
        Property::ai_system_used("touchmark"),
        Property::ai_system_version_used("1.2"),
        Property::aigc(AIGC),
    ]
}

fn merged(existing: Option<&str>) -> String {
    let packet = merge(existing, &properties()).expect("merged");
    assert_eq!(merge(Some(&packet), &properties()).expect("merged"), packet, "merging again changes nothing");
    for property in properties() {
        let read = value(&packet, property.namespace, property.name).expect("well-formed");
        assert_eq!(read.as_deref(), Some(property.value), "{packet}");
    }
    packet
}

fn rdf(inner: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>{inner}</rdf:RDF></x:xmpmeta>"
    )
}

#[test]
fn without_a_packet_a_new_one_is_made() {
    let packet = merged(None);
    assert!(packet.starts_with("<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"));
    assert!(packet.ends_with("<?xpacket end=\"w\"?>"));
    assert!(packet.contains("<TC260:AIGC>{\"Label\":\"1\",\"ContentProducer\":\"A &amp; B &lt;c&gt;\"}</TC260:AIGC>"));
    assert_eq!(merged(Some(" \n")), packet);
}

#[test]
fn everything_else_is_kept_byte_for_byte() {
    let start = "<?xpacket begin='' id='x'?><!-- a  comment -->";
    let inner = "<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/'\n  dc:format = 'image/png'><dc:title>\n<rdf:Alt/></dc:title> <!-- & --> </rdf:Description> <rdf:Description rdf:about=''/>";
    let existing = [start, &rdf(inner), "   \n<?xpacket end='w'?>"].concat();
    let packet = merged(Some(&existing));
    let at = packet.find("\n   <Iptc4xmpExt:DigitalSourceType").expect("inserted");
    let last = "</TC260:AIGC>";
    let end = packet.rfind(last).expect("inserted") + last.len();
    assert_eq!([&packet[..at], &packet[end..]].concat(), existing);
}

#[test]
fn an_old_value_goes_in_whatever_form_and_prefix_it_stood() {
    let namespace = format!("xmlns:i='{IPTC_EXT}' xmlns:dc='http://purl.org/dc/elements/1.1/'");
    let forms = [
        format!("<rdf:Description rdf:about='' {namespace} i:DigitalSourceType='old' dc:format='kept'/>"),
        format!(
            "<rdf:Description {namespace} dc:format='kept'><i:DigitalSourceType>old</i:DigitalSourceType></rdf:Description>"
        ),
        format!(
            "<rdf:Description {namespace} dc:format='kept'><i:DigitalSourceType rdf:resource='old'/></rdf:Description>"
        ),
        format!(
            "<rdf:Description dc:format='kept' {namespace}>x</rdf:Description><rdf:Description rdf:about='' {namespace} i:DigitalSourceType = \"old\"></rdf:Description>"
        ),
        format!(
            "<rdf:Description dc:format='kept' {namespace}><i:DigitalSourceType>ol<![CDATA[d]]></i:DigitalSourceType></rdf:Description>"
        ),
    ];
    for form in forms {
        let existing = rdf(&form);
        assert_eq!(value(&existing, IPTC_EXT, "DigitalSourceType").expect("read").as_deref(), Some("old"), "{form}");
        let packet = merged(Some(&existing));
        assert!(packet.contains("dc:format='kept'") && !packet.contains("old"), "{packet}");
    }
    let bag = format!(
        "<rdf:Description {namespace}><i:AISystemUsed><rdf:Bag><rdf:li>old</rdf:li></rdf:Bag></i:AISystemUsed></rdf:Description>"
    );
    assert_eq!(value(&rdf(&bag), IPTC_EXT, "AISystemUsed").expect("read"), None);
    assert!(!merged(Some(&rdf(&bag))).contains("old"));
}

#[test]
fn a_name_in_another_namespace_or_place_is_another_property() {
    let inner = "<rdf:Description xmlns:o='urn:other' o:AISystemUsed='kept'><o:part rdf:parseType='Resource'><i:AISystemUsed xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'>kept too</i:AISystemUsed></o:part></rdf:Description>";
    let packet = merged(Some(&rdf(inner)));
    assert!(packet.contains("'kept'") && packet.contains("kept too"));
}

#[test]
fn a_prefix_that_means_something_else_is_declared_anew() {
    let inner = "<rdf:Description xmlns:Iptc4xmpExt='urn:other' Iptc4xmpExt:a='b'/>";
    let packet = merged(Some(&rdf(inner)));
    assert!(packet.contains(&format!("<Iptc4xmpExt:AISystemUsed xmlns:Iptc4xmpExt=\"{IPTC_EXT}\">")));
}

#[test]
fn a_packet_without_a_description_gets_one() {
    for existing in [rdf(""), rdf(" "), rdf("").replace("></rdf:RDF>", "/>")] {
        assert!(merged(Some(&existing)).contains("<rdf:Description rdf:about=\"\">"));
    }
}

#[test]
fn document_types_and_entities_are_refused() {
    let refusal = |packet: &str| merge(Some(packet), &properties()).expect_err("refused").to_string();
    let bomb = format!("<!DOCTYPE x [<!ENTITY a 'aaaa'>]>{}", rdf("<rdf:Description/>"));
    assert_eq!(refusal(&bomb), "the XMP packet cannot be used at its byte 0: it has a document type declaration");
    let text = rdf("<rdf:Description xmlns:a='urn:a'><a:b>&secret;</a:b></rdf:Description>");
    assert!(refusal(&text).ends_with("it uses an entity of its own"));
    assert!(refusal(&rdf("<rdf:Description about='&secret;'/>")).ends_with("it uses an entity of its own"));
    assert!(refusal("<a><b></a>").ends_with("it is not well-formed XML"));
    assert!(refusal("just text").ends_with("it has no rdf:RDF element"));
    assert!(refusal(&rdf("")[..80]).contains("it "));
    assert!(refusal(&"<a>".repeat(2000)).ends_with("its elements are nested too deeply"));
}

#[test]
fn a_value_that_xml_cannot_hold_is_refused() {
    let error = merge(None, &[Property::ai_system_used("a\0b")]).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "the XMP property \"AISystemUsed\" cannot be written: its value holds a character that XML does not allow"
    );
    let injected = Property { name: "a><b", ..Property::ai_system_used("x") };
    assert!(matches!(merge(None, &[injected]), Err(Error::Property { .. })));
}

#[test]
fn of_two_values_for_one_property_the_later_counts() {
    let packet = merge(None, &[Property::ai_system_used("one"), Property::ai_system_used("two")]).expect("merged");
    assert!(packet.contains(">two<") && !packet.contains(">one<"));
}

#[test]
fn a_byte_order_mark_in_front_moves_nothing() {
    for packet in [rdf("<rdf:Description/>"), rdf(""), merge(None, &properties()).expect("merged")] {
        let with_mark = merge(Some(&format!("\u{FEFF}{packet}")), &properties()).expect("merged");
        assert_eq!(
            with_mark.strip_prefix('\u{FEFF}'),
            Some(merge(Some(&packet), &properties()).expect("merged").as_str())
        );
    }
}
