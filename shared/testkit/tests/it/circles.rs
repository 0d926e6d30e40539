//! No file may use, however far around, a file that uses it. What counts is `use` within a crate, resolved to the file
//! that defines the name: `mod` and re-exports tie nothing, nor do `#[cfg(test)]` modules.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
};

use syn::{
    Attribute, Item, UseTree, Visibility,
    visit::{self, Visit},
};

/// A `use` of one name.
struct Import {
    path: Vec<String>,
    /// What it is called here; none if it is all that is there (`*`).
    name: Option<String>,
    is_reexport: bool,
}

/// A module, in a file of its own or within another's.
struct Module {
    file: PathBuf,
    parent: Option<usize>,
    root: usize,
    children: BTreeMap<String, usize>,
    /// What is defined here, and in which file: a macro that is exported is found in the root.
    items: BTreeMap<String, PathBuf>,
    imports: Vec<Import>,
}

/// What a path leads to.
#[derive(Clone)]
enum Target {
    Module(usize),
    Item(PathBuf),
    /// Something of another crate.
    Outside,
}

/// All modules of some crates.
#[derive(Default)]
struct Tree {
    modules: Vec<Module>,
}

impl Tree {
    /// Reads a crate from its `lib.rs` or `main.rs`.
    fn read_crate(&mut self, file: &Path) {
        let root = self.modules.len();
        self.read_file(file, (None, root), file.parent().unwrap());
    }

    /// Reads a file; the files of its `mod`s are in `dir`.
    fn read_file(
        &mut self,
        file: &Path,
        (parent, root): (Option<usize>, usize),
        dir: &Path,
    ) -> usize {
        let text =
            fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed =
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.read_items(&parsed.items, file, (parent, root), dir)
    }

    fn read_items(
        &mut self,
        items: &[Item],
        file: &Path,
        (parent, root): (Option<usize>, usize),
        dir: &Path,
    ) -> usize {
        let id = self.modules.len();
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            root,
            children: BTreeMap::new(),
            items: BTreeMap::new(),
            imports: Vec::new(),
        });
        for item in items {
            self.read_item(item, id, dir);
        }
        id
    }

    fn read_item(&mut self, item: &Item, id: usize, dir: &Path) {
        let (file, root) = (self.modules[id].file.clone(), self.modules[id].root);
        if let Item::Mod(module) = item {
            if is_for_tests(&module.attrs) {
                return;
            }
            let name = module.ident.to_string();
            let inner = dir.join(&name);
            let child = if let Some((_, items)) = &module.content {
                self.read_items(items, &file, (Some(id), root), &inner)
            } else {
                let flat = dir.join(format!("{name}.rs"));
                let file = if flat.exists() {
                    flat
                } else {
                    inner.join("mod.rs")
                };
                self.read_file(&file, (Some(id), root), &inner)
            };
            self.modules[id].children.insert(name, child);
            return;
        }
        if let Item::Macro(made) = item
            && made
                .attrs
                .iter()
                .any(|attribute| attribute.path().is_ident("macro_export"))
            && let Some(name) = &made.ident
        {
            self.modules[root]
                .items
                .insert(name.to_string(), file.clone());
        }
        if let Some(name) = name_of(item) {
            self.modules[id].items.insert(name, file);
        }
        let mut found = Imports(Vec::new());
        found.visit_item(item);
        self.modules[id].imports.append(&mut found.0);
    }

    /// What `path` leads to from a module; none where imports name each other.
    fn resolve(&self, from: usize, path: &[String], depth: u8) -> Option<Target> {
        let depth = depth.checked_sub(1)?;
        let mut rest = path.iter();
        let mut at = match rest.next()?.as_str() {
            "crate" => Target::Module(self.modules[from].root),
            "self" => Target::Module(from),
            "super" => Target::Module(self.modules[from].parent?),
            name => self.find(from, name, depth).unwrap_or(Target::Outside),
        };
        for name in rest {
            at = match at {
                Target::Module(id) if name == "super" => Target::Module(self.modules[id].parent?),
                // What no item defines, a macro makes.
                Target::Module(id) => self
                    .find(id, name, depth)
                    .unwrap_or_else(|| Target::Item(self.modules[id].file.clone())),
                Target::Item(_) | Target::Outside => at,
            };
        }
        Some(at)
    }

    /// What a name stands for in a module.
    fn find(&self, id: usize, name: &str, depth: u8) -> Option<Target> {
        let module = &self.modules[id];
        if let Some(child) = module.children.get(name) {
            return Some(Target::Module(*child));
        }
        if let Some(file) = module.items.get(name) {
            return Some(Target::Item(file.clone()));
        }
        let named = |import: &&Import| import.name.as_deref() == Some(name);
        if let Some(import) = module.imports.iter().find(named) {
            return self.resolve(id, &import.path, depth);
        }
        let globs = module.imports.iter().filter(|import| import.name.is_none());
        globs
            .filter_map(|import| self.resolve(id, &import.path, depth))
            .find_map(|target| match target {
                Target::Module(inner) if inner != id => {
                    self.find(inner, name, depth.checked_sub(1)?)
                }
                Target::Module(_) | Target::Item(_) | Target::Outside => None,
            })
    }

    /// Which names each file takes from which other one.
    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (id, module) in self.modules.iter().enumerate() {
            for import in module.imports.iter().filter(|import| !import.is_reexport) {
                let file = match self.resolve(id, &import.path, 32) {
                    Some(Target::Module(id)) => self.modules[id].file.clone(),
                    Some(Target::Item(file)) => file,
                    Some(Target::Outside) | None => continue,
                };
                if file != module.file {
                    let name = import.path.last().cloned().unwrap_or_default();
                    let to = arrows.entry(module.file.clone()).or_default();
                    to.entry(file).or_default().insert(name);
                }
            }
        }
        arrows
    }
}

/// From file to file, and by which names.
type Arrows = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

/// The imports of an item, those within its functions too.
struct Imports(Vec<Import>);

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            let is_reexport = !matches!(item.vis, Visibility::Inherited);
            collect(&item.tree, &mut Vec::new(), is_reexport, &mut self.0);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }
}

fn collect(tree: &UseTree, path: &mut Vec<String>, is_reexport: bool, found: &mut Vec<Import>) {
    let mut import = |path: Vec<String>, name: Option<String>| {
        found.push(Import {
            path,
            name,
            is_reexport,
        });
    };
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            collect(&part.tree, path, is_reexport, found);
            path.pop();
        }
        // `{self}` is the module that the path names.
        UseTree::Name(name) if name.ident == "self" => import(path.clone(), path.last().cloned()),
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            let mut full = path.clone();
            full.push(name.clone());
            import(full, Some(name));
        }
        UseTree::Rename(name) => {
            let mut full = path.clone();
            if name.ident != "self" {
                full.push(name.ident.to_string());
            }
            import(full, Some(name.rename.to_string()));
        }
        UseTree::Glob(_) => import(path.clone(), None),
        UseTree::Group(group) => {
            for tree in &group.items {
                collect(tree, path, is_reexport, found);
            }
        }
    }
}

/// `#[cfg(test)]` or `#[test]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_cfg = attribute.path().is_ident("cfg");
        is_cfg
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|of| of.is_ident("test"))
    })
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Macro(item) => return item.ident.as_ref().map(ToString::to_string),
        _ => return None,
    };
    Some(name.to_string())
}

/// The files that can be reached from `from`, each with the one before it.
fn reached(arrows: &Arrows, from: &Path) -> BTreeMap<PathBuf, PathBuf> {
    let mut before = BTreeMap::new();
    let mut waiting = VecDeque::from([from.to_owned()]);
    while let Some(file) = waiting.pop_front() {
        for next in arrows.get(&file).into_iter().flat_map(BTreeMap::keys) {
            if !before.contains_key(next) {
                before.insert(next.clone(), file.clone());
                waiting.push_back(next.clone());
            }
        }
    }
    before
}

/// Files that all reach each other, and the shortest way around through the first of them.
fn circles(arrows: &Arrows) -> Vec<(BTreeSet<PathBuf>, String)> {
    let all: BTreeMap<_, _> = arrows
        .keys()
        .map(|file| (file, reached(arrows, file)))
        .collect();
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for (file, before) in &all {
        if seen.contains(*file) || !before.contains_key(*file) {
            continue;
        }
        let files: BTreeSet<PathBuf> = before
            .keys()
            .filter(|other| all.get(other).is_some_and(|back| back.contains_key(*file)))
            .cloned()
            .collect();
        seen.extend(files.iter().cloned());
        circles.push((files, way_around(arrows, before, file)));
    }
    circles
}

/// `a -> b: names; b -> a: names`.
fn way_around(arrows: &Arrows, before: &BTreeMap<PathBuf, PathBuf>, first: &Path) -> String {
    let mut steps = VecDeque::new();
    let mut at = first;
    loop {
        let from = before[at].as_path();
        let names: Vec<_> = arrows[from][at].iter().map(String::as_str).collect();
        let step = format!(
            "{} -> {}: {}",
            from.display(),
            at.display(),
            names.join(", ")
        );
        steps.push_front(step);
        at = from;
        if at == first {
            return Vec::from(steps).join("; ");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// `lib.rs`, `main.rs` and the programs in `bin` of each crate that is ours.
fn entries(root: &Path) -> Vec<PathBuf> {
    let shared = fs::read_dir(root.join("shared"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let faces = ["api", "gateway", "migrator", "ops/bench"].map(|name| root.join(name));
    let mut entries = Vec::new();
    for source in shared.chain(faces).map(|dir| dir.join("src")) {
        let mut found: Vec<PathBuf> = ["lib.rs", "main.rs"].map(|name| source.join(name)).into();
        for program in fs::read_dir(source.join("bin")).into_iter().flatten() {
            let program = program.unwrap().path();
            found.push(if program.is_dir() {
                program.join("main.rs")
            } else {
                program
            });
        }
        entries.extend(found.into_iter().filter(|file| file.exists()));
    }
    entries
}

fn relative(arrows: Arrows, root: &Path) -> Arrows {
    let short = |file: PathBuf| file.strip_prefix(root).unwrap().to_owned();
    arrows
        .into_iter()
        .map(|(from, to)| {
            (
                short(from),
                to.into_iter()
                    .map(|(to, names)| (short(to), names))
                    .collect(),
            )
        })
        .collect()
}

#[test]
fn no_file_uses_one_that_uses_it() {
    let root = root();
    let mut tree = Tree::default();
    for entry in entries(&root) {
        tree.read_crate(&entry);
    }
    assert!(
        tree.modules.len() > 300,
        "only {} modules were found",
        tree.modules.len()
    );
    let found = circles(&relative(tree.arrows(), &root));
    assert!(found.is_empty(), "circles of files: {found:#?}");
}
