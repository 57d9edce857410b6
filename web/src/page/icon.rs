//! Icons: our own strokes on a grid of 24, inlined.

use std::fmt;

use askama::filters::HtmlSafe;

/// An icon, for the macro `icon` in `macros.html`. It only repeats what words say, so it is hidden
/// from screen readers. An unknown name draws nothing.
pub fn icon(name: &str) -> Icon {
    Icon(
        ICONS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, path)| *path),
    )
}

/// What [`icon`] gives.
#[derive(Debug, Clone, Copy)]
pub struct Icon(Option<&'static str>);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = self.0 else { return Ok(()) };
        write!(
            f,
            r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{path}"/></svg>"#
        )
    }
}

impl HtmlSafe for Icon {}

#[rustfmt::skip]
const ICONS: &[(&str, &str)] = &[
    ("right", "M5 12h14M13 6l6 6-6 6"),
    ("left", "M19 12H5M11 6l-6 6 6 6"),
    ("next", "M9 5l7 7-7 7"),
    ("check", "M5 13l5 5L19 7"),
    ("ok", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12.5l3 3 5.5-6"),
    ("alert", "M12 4 2.5 20h19zM12 10v4M12 17v.01"),
    ("info", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7.5v.01"),
    ("stop", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v6M12 16.5v.01"),
    ("x", "M6 6l12 12M18 6L6 18"),
    ("clock", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2"),
    ("calendar", "M4 6h16v15H4zM4 10.5h16M8 3v4M16 3v4"),
    ("search", "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5"),
    ("user", "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c.5-4.5 3.5-6.5 8-6.5s7.5 2 8 6.5"),
    ("users", "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20c.4-4 2.8-5.5 6.5-5.5s6.1 1.5 6.5 5.5M16 5.5a3.5 3.5 0 0 1 0 6.5M18 14.8c2 .7 3.2 2.3 3.5 5.2"),
    ("shield", "M12 3l8 3v6c0 4.5-3 7.5-8 9-5-1.5-8-4.5-8-9V6zM8.5 12l2.5 2.5 4.5-5"),
    ("bank", "M3 9.5 12 4l9 5.5M4 20h16M6 10v7M10 10v7M14 10v7M18 10v7"),
    ("box", "M3 7h18v12H3zM3 7l9 7 9-7"),
    ("key", "M8 8.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM12 11.5 21 5M17.5 7.5l2 3"),
    ("phone", "M7 3h10v18H7zM11 18h2"),
    ("building", "M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3"),
    ("home", "M4 11 12 4l8 7v9H4zM10 20v-6h4v6"),
    ("doc", "M6 3h8l5 5v13H6zM14 3v5h5M9 13h7M9 17h5"),
    ("download", "M12 4v11M7 11l5 5 5-5M4 20h16"),
    ("card", "M3 6h18v13H3zM3 10.5h18M6.5 15h4"),
    ("qr", "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v6h-4"),
    ("bell", "M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21.5h4"),
    ("menu", "M4 7h16M4 12h16M4 17h16"),
    ("lock", "M6 11h12v10H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"),
    ("eye", "M2.5 12C5 7.5 8 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.5 6.5-9.5 6.5S5 16.5 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"),
    ("pin", "M12 3a6.5 6.5 0 0 0-6.5 6.5C5.5 14 12 21 12 21s6.5-7 6.5-11.5A6.5 6.5 0 0 0 12 3zM12 7.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"),
    ("swap", "M4 9h15M15 5l4 4-4 4M20 15H5M9 11l-4 4 4 4"),
    ("dog", "M6.5 9.5v1M10 6v1.5M14 6v1.5M17.5 9.5v1M12 11.5c-2 0-3 1.5-4 3s-1.5 4.5 1 4.5c1.2 0 2-.5 3-.5s1.8.5 3 .5c2.5 0 2-3 1-4.5s-2-3-4-3z"),
    ("baby", "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4c-1.5 1-1.5 3 .5 3.5M9 11.5v.01M15 11.5v.01M9 15c2 1.5 4 1.5 6 0"),
    ("bin", "M5 7h14M9 7V4h6v3M7 7l1 14h8l1-14M11 11v6M13 11v6"),
    ("car", "M4 17v-4l2-6h12l2 6v4zM4 13h16M7 17v2M17 17v2M7.5 15v.01M16.5 15v.01"),
    ("idcard", "M3 5h18v14H3zM8 9a1.8 1.8 0 1 0 0 3.6A1.8 1.8 0 0 0 8 9zM5.5 16c.5-2 4.5-2 5 0M14 10h4M14 14h4"),
    ("crane", "M4 21h16M7 21V5h3v16M10 7h10l-3-3H7M18 7v5M16.5 12h3v3h-3z"),
    ("rings", "M9 8a6 6 0 1 0 0 12A6 6 0 0 0 9 8zM15 8a6 6 0 1 1-2 11.7M11 8.3A6 6 0 0 1 15 8M9 8 7.5 4.5h3z"),
    ("ticket", "M3 8h18v3a2 2 0 0 0 0 4v3H3v-3a2 2 0 0 0 0-4zM14 8v10"),
    ("book", "M5 4h14v16H7a2 2 0 0 1-2-2zM5 18a2 2 0 0 1 2-2h12"),
    ("clip", "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l7-7"),
    ("save", "M4 12a8 8 0 1 1 2.5 5.8M4 18v-4h4"),
    ("chat", "M4 5h16v11H9l-5 4z"),
    ("laptop", "M5 6h14v10H5zM2.5 19h19"),
];
