//! PDFs of one page (ISO 32000-1, 7.5: header, objects, cross-reference table, trailer).

/// A page with some lines.
pub(crate) fn pdf(lines: &[&str]) -> Vec<u8> {
    let plain = |line: &str| -> String {
        // The built-in font knows Latin letters alone.
        let known = line.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' });
        known.flat_map(|c| if "()\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
    };
    let shown: String = lines.iter().map(|line| format!("({}) Tj T*\n", plain(line))).collect();
    let text = format!("BT /F1 18 Tf 28 TL 72 760 Td\n{shown}ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}endstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let at = file.len();
    let size = objects.len() + 1;
    file.push_str(&format!("{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n"));
    file.into_bytes()
}
