//! One table: every finding code with its name, SNIP type, severity and the acknowledgment code it becomes.

use super::Severity;

/// The acknowledgment form of a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ack {
    /// TA105: the interchange is rejected with this note code.
    Ta1(&'static str),
    /// AK905..AK909: the functional group is rejected with this code.
    Ak9(&'static str),
    /// IK502..IK506: the transaction set is rejected with this code.
    Ik5(&'static str),
    /// IK304: a segment is in error with this code.
    Ik3(&'static str),
    /// IK403: an element is in error with this code (its segment gets IK304 `8`).
    Ik4(&'static str),
    /// Not reported in any acknowledgment.
    None,
}

/// A row of the catalog.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// The stable id, such as `X12-2103`.
    pub id: &'static str,
    /// The stable name, such as `segment-missing`.
    pub name: &'static str,
    /// WEDI SNIP type, 1 to 7.
    pub snip: u8,
    /// Severity before any partner's policy.
    pub severity: Severity,
    /// Its form in an acknowledgment.
    pub ack: Ack,
    /// One line in plain words, without the place.
    pub title: &'static str,
}

macro_rules! catalog {
    ($($variant:ident $number:literal $name:literal snip $snip:literal $severity:ident $ack:ident $(($wire:literal))? $title:literal;)+) => {
        /// Every kind of finding. Codes are stable: they are never renumbered or used again.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $title] $variant = $number,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The catalog row of this code.
            pub const fn entry(self) -> Entry {
                match self {
                    $(Code::$variant => Entry {
                        code: self,
                        id: concat!("X12-", stringify!($number)),
                        name: $name,
                        snip: $snip,
                        severity: Severity::$severity,
                        ack: Ack::$ack $(($wire))?,
                        title: $title,
                    },)+
                }
            }

            /// The page about this code, which is its documentation, its test and the text of `x12gate explain`.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Code::$variant => include_str!(
                        concat!("../../tests/checks/", stringify!($number), "-", $name, ".md")
                    ),)+
                }
            }
        }
    };
}

catalog! {
    // 1000: the file and the interchange
    NotX12 1001 "not-x12" snip 1 Error None "the file contains no interchange";
    Garbage 1002 "garbage" snip 1 Warning None "data outside any interchange was skipped";
    IsaMalformed 1003 "isa-malformed" snip 1 Error Ta1("022") "the ISA segment does not have its fixed-width layout";
    DelimitersIndistinct 1004 "delimiters-indistinct" snip 1 Error Ta1("022") "the separators in the ISA are not four different characters";
    InterchangeVersion 1005 "interchange-version" snip 1 Error Ta1("017") "ISA12 names an interchange version that is not supported";
    AuthorizationQualifier 1006 "authorization-qualifier" snip 1 Error Ta1("010") "ISA01 is not a valid authorization information qualifier";
    SecurityQualifier 1007 "security-qualifier" snip 1 Error Ta1("012") "ISA03 is not a valid security information qualifier";
    SenderQualifier 1008 "sender-qualifier" snip 1 Error Ta1("005") "ISA05 is not a valid ID qualifier";
    SenderId 1009 "sender-id" snip 1 Error Ta1("006") "ISA06 is blank or does not identify a known sender";
    ReceiverQualifier 1010 "receiver-qualifier" snip 1 Error Ta1("007") "ISA07 is not a valid ID qualifier";
    ReceiverId 1011 "receiver-id" snip 1 Error Ta1("008") "ISA08 is blank or does not identify a known receiver";
    InterchangeDate 1012 "interchange-date" snip 1 Error Ta1("014") "ISA09 is not a valid date (YYMMDD)";
    InterchangeTime 1013 "interchange-time" snip 1 Error Ta1("015") "ISA10 is not a valid time (HHMM)";
    RepetitionSeparator 1014 "repetition-separator" snip 1 Warning Ta1("022") "ISA11 is not a usable repetition separator";
    InterchangeControlNumber 1015 "interchange-control-number" snip 1 Error Ta1("018") "ISA13 is not a nine-digit number";
    AcknowledgmentRequested 1016 "acknowledgment-requested" snip 1 Error Ta1("019") "ISA14 is neither 0 nor 1";
    UsageIndicator 1017 "usage-indicator" snip 1 Error Ta1("020") "ISA15 is neither P nor T, or is not accepted by this endpoint";
    InterchangeTrailerMissing 1018 "interchange-trailer-missing" snip 1 Error Ta1("023") "the interchange ends without an IEA segment";
    InterchangeControlMismatch 1019 "interchange-control-mismatch" snip 1 Error Ta1("001") "IEA02 does not match the control number in ISA13";
    InterchangeGroupCount 1020 "interchange-group-count" snip 1 Error Ta1("021") "IEA01 does not match the number of functional groups";
    InterchangeDuplicate 1021 "interchange-duplicate" snip 1 Error Ta1("025") "this control number was already used for different content";
    InterchangeStraySegment 1022 "interchange-stray-segment" snip 1 Error Ta1("022") "a segment is outside the functional groups of the interchange";
    InterchangeEmpty 1023 "interchange-empty" snip 1 Error Ta1("024") "the interchange contains no functional group";
    InterchangeLimit 1024 "interchange-limit" snip 1 Error Ta1("024") "the interchange exceeds a configured limit";
    Truncated 1025 "truncated" snip 1 Error Ta1("023") "the file ends inside a segment";
    LastTerminatorMissing 1026 "last-terminator-missing" snip 1 Warning None "the last segment has no terminator";
    SegmentTerminator 1027 "segment-terminator" snip 1 Error Ta1("004") "the byte after ISA16 is a space, not the segment terminator";
    Ta1Element 1028 "ta1-element" snip 1 Error Ta1("024") "an element of the TA1 is missing or not valid";
    Ta1Repeated 1029 "ta1-repeated" snip 1 Error Ta1("024") "an earlier TA1 acknowledges the same interchange";
    Fragment 1030 "fragment" snip 1 Note None "there is no ISA; separators and guide are assumed";

    // 1100: the functional group
    GroupHeaderMalformed 1101 "group-header-malformed" snip 1 Error Ta1("024") "the GS segment lacks an element needed to acknowledge it";
    GroupUnsupported 1102 "group-unsupported" snip 1 Error Ak9("1") "GS01 names a functional group that is not supported";
    GroupVersionUnsupported 1103 "group-version-unsupported" snip 1 Error Ak9("2") "GS08 names a version that is not supported";
    GroupTrailerMissing 1104 "group-trailer-missing" snip 1 Error Ak9("3") "the functional group ends without a GE segment";
    GroupControlMismatch 1105 "group-control-mismatch" snip 1 Error Ak9("4") "GE02 does not match the control number in GS06";
    GroupSetCount 1106 "group-set-count" snip 1 Error Ak9("5") "GE01 does not match the number of transaction sets";
    GroupControlNumber 1107 "group-control-number" snip 1 Error Ak9("6") "GS06 is not a number of one to nine digits";
    GroupControlDuplicate 1108 "group-control-duplicate" snip 1 Error Ak9("19") "GS06 was already used in this interchange";
    GroupHeaderElement 1109 "group-header-element" snip 1 Error Ak9("6") "an element of the GS is missing or malformed";
    GroupStraySegment 1110 "group-stray-segment" snip 1 Error Ak9("5") "a segment is outside the transaction sets of the group";

    // 1200: the transaction set envelope
    SetUnsupported 1201 "set-unsupported" snip 1 Error Ik5("1") "ST01 names a transaction set that is not supported";
    SetTrailerMissing 1202 "set-trailer-missing" snip 1 Error Ik5("2") "the transaction set ends without an SE segment";
    SetControlMismatch 1203 "set-control-mismatch" snip 1 Error Ik5("3") "SE02 does not match the control number in ST02";
    SetSegmentCount 1204 "set-segment-count" snip 1 Error Ik5("4") "SE01 does not match the number of segments";
    SetIdMalformed 1205 "set-id-malformed" snip 1 Error Ik5("6") "ST01 is missing or malformed";
    SetControlNumber 1206 "set-control-number" snip 1 Error Ik5("7") "ST02 does not have four to nine characters";
    SetNotInGroup 1207 "set-not-in-group" snip 1 Error Ik5("18") "this transaction set does not belong in this functional group";
    SetControlDuplicate 1208 "set-control-duplicate" snip 1 Error Ik5("23") "ST02 was already used in this functional group";
    GuideUnsupported 1209 "guide-unsupported" snip 1 Error Ik5("I6") "the implementation guide is unknown for this transaction set";
    GuideEdition 1210 "guide-edition" snip 1 Warning None "a different edition of the guide is named; the adopted edition is used";
    GuideDisagrees 1211 "guide-disagrees" snip 1 Warning None "GS08 and ST03 name different guides; ST03 is used";
    SetLimit 1212 "set-limit" snip 1 Error Ik5("5") "the transaction set exceeds a configured limit";
    GuideAbsent 1213 "guide-absent" snip 1 Warning Ik5("I6") "the guide of this set is not available; only the base standard is checked";
    GuideMismatch 1214 "guide-mismatch" snip 1 Error Ik5("I6") "GS08 and ST03 name different guides, but must be the same";

    // 1300: segments and elements against the base standard
    SegmentUnknown 1301 "segment-unknown" snip 1 Error Ik3("1") "the segment ID does not exist";
    SegmentNotInSet 1302 "segment-not-in-set" snip 1 Error Ik3("6") "the segment is not part of this transaction set";
    SegmentEmpty 1303 "segment-empty" snip 1 Error Ik4("1") "the segment has no elements";
    SegmentLimit 1304 "segment-limit" snip 1 Error Ik4("5") "the segment exceeds a configured limit";
    ElementMandatoryMissing 1305 "element-mandatory-missing" snip 1 Error Ik4("1") "an element required by the standard is missing";
    ElementTooMany 1306 "element-too-many" snip 1 Error Ik4("3") "the segment has more elements than the standard defines";
    ElementTooShort 1307 "element-too-short" snip 1 Error Ik4("4") "the value is too short";
    ElementTooLong 1308 "element-too-long" snip 1 Error Ik4("5") "the value is too long";
    ElementCharacter 1309 "element-character" snip 1 Error Ik4("6") "the value contains a character that is not allowed";
    ElementNumber 1310 "element-number" snip 1 Error Ik4("6") "the value is not a valid number";
    ElementDate 1311 "element-date" snip 1 Error Ik4("8") "the value is not a valid date";
    ElementTime 1312 "element-time" snip 1 Error Ik4("9") "the value is not a valid time";
    ElementBlank 1313 "element-blank" snip 1 Error Ik4("6") "the value consists only of spaces";
    ElementCode 1314 "element-code" snip 1 Error Ik4("7") "the code is not defined by the standard";
    ElementRepetitions 1315 "element-repetitions" snip 1 Error Ik4("12") "the element repeats more often than the standard allows";
    ElementComponents 1316 "element-components" snip 1 Error Ik4("13") "the composite has more components than the standard defines";
    SyntaxConditional 1317 "syntax-conditional" snip 1 Error Ik4("2") "an element is missing that another element of the segment requires";
    SyntaxExclusion 1318 "syntax-exclusion" snip 1 Error Ik4("10") "elements are present that exclude each other";
    TrailingSeparators 1319 "trailing-separators" snip 1 Warning None "the segment, composite or repetition ends with redundant separators";
    PaddedValue 1320 "padded-value" snip 1 Warning None "the value has leading or trailing spaces";
    BinaryLength 1321 "binary-length" snip 1 Error Ik4("6") "the length of binary data is not a whole number";
    BinaryShort 1322 "binary-short" snip 1 Error Ik4("4") "the binary data is shorter than its stated length";
    BinaryLong 1323 "binary-long" snip 1 Error Ik4("5") "the binary data is longer than its stated length";
    LeadingZeros 1324 "leading-zeros" snip 1 Error Ik4("6") "the number has leading zeros";
    SeparatorMissing 1325 "separator-missing" snip 1 Error Ik3("8") "an element separator seems to be missing";
    SeparatorExtra 1326 "separator-extra" snip 1 Error Ik3("8") "there seems to be an element separator too many";
    TerminatorMissing 1327 "terminator-missing" snip 1 Error Ik3("8") "a segment terminator seems to be missing";

    // 2000: requirements of the guide
    SegmentMissing 2101 "segment-missing" snip 2 Error Ik3("3") "a segment required by the guide is missing";
    LoopMissing 2102 "loop-missing" snip 2 Error Ik3("3") "a loop required by the guide is missing";
    SegmentUnexpected 2103 "segment-unexpected" snip 2 Error Ik3("2") "the segment is not allowed at this position";
    SegmentSequence 2104 "segment-sequence" snip 2 Error Ik3("7") "the segment is out of order";
    SegmentNotUsed 2105 "segment-not-used" snip 2 Error Ik3("I4") "the guide does not use this segment";
    SegmentRepeats 2106 "segment-repeats" snip 2 Error Ik3("5") "the segment repeats more often than the guide allows";
    LoopRepeats 2107 "loop-repeats" snip 2 Error Ik3("4") "the loop repeats more often than the guide allows";
    ElementMissing 2201 "element-missing" snip 2 Error Ik4("1") "an element required by the guide is missing";
    ElementNotUsed 2202 "element-not-used" snip 2 Error Ik4("I10") "the guide does not use this element";
    ElementGuideCode 2203 "element-guide-code" snip 2 Error Ik4("I6") "the code is not allowed by the guide";
    ElementGuideRepetitions 2204 "element-guide-repetitions" snip 2 Error Ik4("12") "the element repeats more often than the guide allows";
    ElementDateFormat 2205 "element-date-format" snip 2 Error Ik4("8") "the date does not have the format given by its qualifier";
    AmountTooLong 2206 "amount-too-long" snip 2 Error Ik4("5") "the amount has more digits than the guide allows";
    DecimalPlaces 2207 "decimal-places" snip 2 Error Ik4("I12") "the number has more decimal places than the guide allows";
    PostalCode 2208 "postal-code" snip 2 Error Ik4("7") "a ZIP code of the United States has five or nine digits";
    PostalCodeShort 2209 "postal-code-short" snip 2 Error Ik4("I12") "the ZIP code must have nine digits here";
    TelephoneNumber 2210 "telephone-number" snip 2 Error Ik4("I12") "a telephone number consists of digits, with the area code";
    AdjustmentZero 2211 "adjustment-zero" snip 2 Error Ik4("I12") "an adjustment of zero adjusts nothing";
    PersonName 2212 "person-name" snip 2 Warning Ik4("I13") "an organization has no first or middle name, prefix or suffix";
    AdjustmentGroupRepeated 2213 "adjustment-group-repeated" snip 2 Error Ik4("I12") "an adjustment group repeats before its six adjustments are used";
    LevelNumber 2301 "level-number" snip 2 Error Ik4("7") "HL01 is not the next number in sequence";
    LevelParent 2302 "level-parent" snip 2 Error Ik4("7") "HL02 does not refer to a valid parent level";
    LevelParentForbidden 2303 "level-parent-forbidden" snip 2 Error Ik4("I10") "HL02 is present on a level that has no parent";
    LevelChildClaimed 2304 "level-child-claimed" snip 2 Error Ik4("7") "HL04 says that there are child levels, but none follows";
    LevelChildDenied 2305 "level-child-denied" snip 2 Error Ik4("7") "HL04 says that there is no child level, but one follows";

    // 3000: balancing
    Unbalanced 3101 "unbalanced" snip 3 Error Ik4("I12") "amounts do not balance";

    // 4000: situational rules
    SituationalSegmentMissing 4101 "situational-segment-missing" snip 4 Error Ik3("I6") "a segment required in this situation is missing";
    SituationalSegmentForbidden 4102 "situational-segment-forbidden" snip 4 Error Ik3("I9") "a segment is present that is not allowed in this situation";
    SituationalElementMissing 4201 "situational-element-missing" snip 4 Error Ik4("I9") "an element required in this situation is missing";
    SituationalElementForbidden 4202 "situational-element-forbidden" snip 4 Error Ik4("I13") "an element is present that is not allowed in this situation";
    DateOrder 4203 "date-order" snip 4 Error Ik4("8") "the date range ends before it begins";
    PostOfficeBox 4204 "post-office-box" snip 4 Error Ik4("I12") "a street address is required, but a post office box is given";
    PointerOutOfRange 4205 "pointer-out-of-range" snip 4 Error Ik4("I12") "the value refers to an entry that does not exist";
    KeyRepeated 4206 "key-repeated" snip 4 Error Ik4("I12") "the value must be unique, but occurs more than once";

    // 5000: code sets
    CodeSet 5101 "code-set" snip 5 Error Ik4("7") "the code is not in its external code list";
    ProviderIdentifier 5102 "provider-identifier" snip 5 Warning Ik4("I12") "the value is not a valid NPI";
    CodeSetAbsent 5103 "code-set-absent" snip 5 Note None "a code list is not loaded; its codes are checked for format only";
    CodeForm 5104 "code-form" snip 5 Error Ik4("7") "the code does not have the format of its code list";
    CodeOutOfDate 5105 "code-out-of-date" snip 5 Error Ik4("7") "the code was not valid on the date it was used";
    CodeSetOutOfDate 5106 "code-set-out-of-date" snip 5 Error Ik4("7") "the code set was not in use on the date it was used";

    // 9000: about the checking itself
    FindingBudget 9001 "finding-budget" snip 1 Warning None "the set has more findings than are kept";
}

impl Code {
    /// The code with this stable id or name, such as `X12-2101`, `2101` or `segment-missing`.
    pub fn find(id: &str) -> Option<Code> {
        let wanted = id.trim();
        Code::ALL.iter().copied().find(|code| {
            let entry = code.entry();
            entry.id.eq_ignore_ascii_case(wanted)
                || entry.id.trim_start_matches("X12-") == wanted
                || entry.name.eq_ignore_ascii_case(wanted)
        })
    }

    /// What to do about it, in one paragraph: the last part of [`Code::page`].
    pub fn advice(self) -> &'static str {
        self.page().split_once("\n## Fix\n").map_or("", |(_, fix)| fix.trim())
    }
}
