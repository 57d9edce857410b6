//! nginx as the service host of ISDS: a TLS server that nobody here wrote.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tests::ports::free_port;

/// Generous: it bounds a hang, it judges no speed.
const PATIENCE: Duration = Duration::from_mins(1);

/// How one of its servers behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    /// As the real one: a certificate of the known authority for its name, and it asks for ours.
    Good,
    /// Its certificate is by an authority that nobody here believes.
    ForeignAuthority,
    /// Its certificate is for another name.
    ForeignName,
    /// Its certificate has ended.
    Expired,
    /// It asks nobody for a certificate.
    AsksNobody,
    /// It asks, and takes only certificates of another authority than ours.
    TakesOthers,
    /// It asks, and then says what the service says to a certificate that nobody registered.
    KnowsUsNot,
    /// It asks, and is out of service.
    OutOfService,
    /// It asks, and sends whoever comes to another place of its own.
    SendsAway,
    /// It asks, takes the question, and never answers.
    NeverAnswers,
}

const DOORS: [Door; 10] = [
    Door::Good,
    Door::ForeignAuthority,
    Door::ForeignName,
    Door::Expired,
    Door::AsksNobody,
    Door::TakesOthers,
    Door::KnowsUsNot,
    Door::OutOfService,
    Door::SendsAway,
    Door::NeverAnswers,
];

/// A running nginx with a server for each door. Dropping it ends it.
pub(crate) struct Nginx {
    /// Where its certificates and ours are.
    pub(crate) folder: PathBuf,
    ports: Vec<(Door, u16)>,
    child: Child,
    /// Connections come to it, and nobody takes them.
    silent: TcpListener,
}

impl Nginx {
    /// Makes two authorities and what they issue, and starts.
    pub(crate) async fn start() -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("city-isds-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _left_by_a_process_with_our_number = std::fs::remove_dir_all(&folder);
        for authority in ["known", "foreign"] {
            certificates(&folder.join(authority));
        }
        misname(&folder.join("known"));
        outdate(&folder.join("known"));
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let ports: Vec<_> = DOORS.map(|door| (door, free_port())).to_vec();
        let file = folder.join("nginx.conf");
        std::fs::write(
            &file,
            configuration(&folder, &ports, silent.local_addr().unwrap().port()),
        )
        .unwrap();
        let child = Command::new("/usr/sbin/nginx")
            .args(["-e", "stderr", "-p"])
            .arg(&folder)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(std::fs::File::create(folder.join("stderr")).unwrap())
            .spawn()
            .expect("nginx");
        let mut nginx = Self {
            folder,
            ports,
            child,
            silent,
        };
        nginx.wait_until_it_listens().await;
        nginx
    }

    /// The address of a door.
    pub(crate) fn url(&self, door: Door) -> String {
        format!("https://127.0.0.1:{}/", self.port(door))
    }

    /// An address where connections come to and nobody takes them.
    pub(crate) fn silent_url(&self) -> String {
        format!("https://{}/", self.silent.local_addr().unwrap())
    }

    /// What the service will answer.
    pub(crate) fn answers(&self, xml: &str) {
        std::fs::write(self.folder.join("answer.xml"), xml).unwrap();
    }

    /// The requests that came to a door: path, and what became of the client's certificate.
    pub(crate) fn requests(&self, door: Door) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.join("access.log")).unwrap_or_default();
        let port = format!("{} ", self.port(door));
        log.lines()
            .filter_map(|line| line.strip_prefix(&port).map(str::to_owned))
            .collect()
    }

    /// Waits until so many requests of a kind have come to a door.
    pub(crate) async fn wait_for(&self, door: Door, is_one: impl Fn(&str) -> bool, many: usize) {
        let began = Instant::now();
        while self
            .requests(door)
            .iter()
            .filter(|request| is_one(request))
            .count()
            < many
        {
            assert!(began.elapsed() < PATIENCE, "{:?}", self.requests(door));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn port(&self, door: Door) -> u16 {
        self.ports.iter().find(|(one, _)| *one == door).unwrap().1
    }

    async fn wait_until_it_listens(&mut self) {
        let began = Instant::now();
        for (_, port) in &self.ports {
            while tokio::net::TcpStream::connect(("127.0.0.1", *port))
                .await
                .is_err()
            {
                let told = std::fs::read_to_string(self.folder.join("stderr")).unwrap();
                assert!(
                    self.child.try_wait().unwrap().is_none(),
                    "nginx ended: {told}"
                );
                assert!(began.elapsed() < PATIENCE, "nginx does not listen: {told}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a development house has: an authority, a server for 127.0.0.1, a client.
fn certificates(folder: &Path) {
    let script = repository().join("config/development/certificates.sh");
    let made = Command::new("bash")
        .arg(script)
        .arg(folder)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

/// A certificate of the same authority for another name.
fn misname(folder: &Path) {
    let script = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=elsewhere \
         -addext subjectAltName=DNS:elsewhere.example -keyout elsewhere.key -out elsewhere.csr && \
         openssl x509 -req -in elsewhere.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -copy_extensions copyall \
         -out elsewhere.pem";
    shell(folder, script);
}

/// One that ended before anybody came.
fn outdate(folder: &Path) {
    let script = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 \
         -addext subjectAltName=IP:127.0.0.1 -keyout ended.key -out ended.csr && \
         openssl x509 -req -in ended.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days -1 -copy_extensions copyall \
         -out ended.pem";
    shell(folder, script);
}

fn shell(folder: &Path, script: &str) {
    let made = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

fn configuration(folder: &Path, ports: &[(Door, u16)], silent: u16) -> String {
    let servers: String = ports
        .iter()
        .map(|(door, port)| server(*door, *port, silent))
        .collect();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("  {kind}_temp_path {}/{kind};\n", folder.display()))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n\
         {temporary}  log_format ours '$server_port $ssl_client_verify $request_method $request_uri';\n  access_log {folder}/access.log ours;\n\
         \x20 default_type text/xml;\n  charset utf-8;\n  charset_types text/xml;\n{servers}}}\n",
        folder = folder.display()
    )
}

/// An answer is a file: a POST is turned into a request for it.
fn server(door: Door, port: u16, silent: u16) -> String {
    let (authority, certificate) = match door {
        Door::ForeignAuthority => ("foreign", "server"),
        Door::ForeignName => ("known", "elsewhere"),
        Door::Expired => ("known", "ended"),
        _ => ("known", "server"),
    };
    let asks = match door {
        Door::AsksNobody => "",
        Door::TakesOthers => "ssl_verify_client on; ssl_client_certificate foreign/ca.pem;",
        _ => "ssl_verify_client on; ssl_client_certificate known/ca.pem;",
    };
    let hangs = format!("proxy_pass http://127.0.0.1:{silent};");
    let says = match door {
        Door::SendsAway => "return 307 /elsewhere;",
        Door::NeverAnswers => hangs.as_str(),
        Door::KnowsUsNot => "default_type application/json; return 401 '{}';",
        Door::OutOfService => "return 503 '<a/>';",
        _ => "error_page 405 =200 /answer.xml; return 405;",
    };
    format!(
        "  server {{\n    listen 127.0.0.1:{port} ssl;\n    ssl_certificate {authority}/{certificate}.pem;\n    \
         ssl_certificate_key {authority}/{certificate}.key;\n    {asks}\n    root .;\n    \
         location /asws/ {{ {says} }}\n    location = /answer.xml {{ internal; }}\n  }}\n"
    )
}
