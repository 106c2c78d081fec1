//! The WSDL of the SOAP form: the operations of the rule, with our address.

use super::field::{Field, Operation};
use super::soap::{CORE, ELEMENTS};

const SERVICE: &str = "http://www.caqh.org/SOAP/WSDL/";

/// The operations: name, and the element of the request.
const OPERATIONS: [(&str, &str); 8] = [
    ("RealTimeTransaction", "COREEnvelopeRealTimeRequest"),
    ("BatchSubmitTransaction", "COREEnvelopeBatchSubmission"),
    ("GenericBatchSubmissionTransaction", "COREEnvelopeBatchSubmission"),
    ("BatchSubmitAckRetrievalTransaction", "COREEnvelopeBatchSubmissionAckRetrievalRequest"),
    ("BatchResultsRetrievalTransaction", "COREEnvelopeBatchResultsRetrievalRequest"),
    ("GenericBatchRetrievalTransaction", "COREEnvelopeBatchResultsRetrievalRequest"),
    ("BatchResultsAckSubmitTransaction", "COREEnvelopeBatchResultsAckSubmission"),
    ("GenericBatchReceiptConfirmationTransaction", "COREEnvelopeBatchResultsAckSubmission"),
];

/// The document, for a service at this address.
pub(super) fn document(address: &str) -> String {
    let mut schema = String::new();
    let mut messages = String::new();
    for (request, operation, answer) in ELEMENTS {
        schema.push_str(&element(request, operation, false));
        schema.push_str(&element(answer, operation, true));
        for name in [request, answer] {
            messages.push_str(&format!(
                "<wsdl:message name=\"{name}Message\"><wsdl:part name=\"body\" element=\"core:{name}\"/></wsdl:message>"
            ));
        }
    }
    let (mut port, mut binding) = (String::new(), String::new());
    for (name, request) in OPERATIONS {
        let answer =
            ELEMENTS.iter().find(|(of, ..)| *of == request).map_or("", |(.., answer)| answer);
        port.push_str(&format!(
            "<wsdl:operation name=\"{name}\"><wsdl:input message=\"tns:{request}Message\"/>\
             <wsdl:output message=\"tns:{answer}Message\"/></wsdl:operation>"
        ));
        binding.push_str(&format!(
            "<wsdl:operation name=\"{name}\"><soap12:operation soapAction=\"{name}\" style=\"document\"/>\
             <wsdl:input><soap12:body use=\"literal\"/></wsdl:input>\
             <wsdl:output><soap12:body use=\"literal\"/></wsdl:output></wsdl:operation>"
        ));
    }
    let address = super::xml::escaped(address);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <wsdl:definitions name=\"CORE\" targetNamespace=\"{SERVICE}\" xmlns:tns=\"{SERVICE}\" xmlns:core=\"{CORE}\" \
         xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" \
         xmlns:soap12=\"http://schemas.xmlsoap.org/wsdl/soap12/\">\
         <wsdl:types><xs:schema targetNamespace=\"{CORE}\" elementFormDefault=\"unqualified\">{schema}</xs:schema></wsdl:types>\
         {messages}<wsdl:portType name=\"CORETransactions\">{port}</wsdl:portType>\
         <wsdl:binding name=\"CoreSoapBinding\" type=\"tns:CORETransactions\">\
         <soap12:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>{binding}</wsdl:binding>\
         <wsdl:service name=\"Core\"><wsdl:port name=\"CoreSoapPort\" binding=\"tns:CoreSoapBinding\">\
         <soap12:address location=\"{address}\"/></wsdl:port></wsdl:service></wsdl:definitions>"
    )
}

/// An element of the schema.
fn element(name: &str, operation: Operation, is_answer: bool) -> String {
    let is_batch = operation != Operation::RealTime;
    let mut fields = String::new();
    for field in Field::ALL {
        let of_batch = matches!(field, Field::PayloadLength | Field::CheckSum);
        if matches!(field, Field::UserName | Field::Password) || of_batch && !is_batch {
            continue;
        }
        let kind = match field {
            Field::PayloadLength => "xs:int",
            Field::Payload if is_batch => "xs:base64Binary",
            _ => "xs:string",
        };
        let optional = match is_answer {
            true => of_batch || field == Field::Payload,
            false => !operation.requires(field),
        };
        let least = if optional { " minOccurs=\"0\"" } else { "" };
        let field = field.name();
        fields.push_str(&format!("<xs:element name=\"{field}\" type=\"{kind}\"{least}/>"));
    }
    if is_answer {
        for field in ["ErrorCode", "ErrorMessage"] {
            fields.push_str(&format!("<xs:element name=\"{field}\" type=\"xs:string\"/>"));
        }
    }
    format!(
        "<xs:element name=\"{name}\"><xs:complexType><xs:sequence>{fields}</xs:sequence></xs:complexType></xs:element>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_in_the_document_and_it_can_be_read() {
        let text = document("https://payer.example/core/soap?a=1&b=2");
        let count = |what: &str| text.matches(what).count();
        assert_eq!(count("<wsdl:portType"), 1);
        assert_eq!(count("soapAction="), 8);
        for (request, _, answer) in ELEMENTS {
            for name in [request, answer] {
                assert_eq!(count(&format!("<xs:element name=\"{name}\">")), 1, "{name}");
            }
        }
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    }
}
