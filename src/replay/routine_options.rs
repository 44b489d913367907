//! What CREATE and ALTER FUNCTION say beside the head of a routine (`compute_function_attributes()` and
//! `compute_common_attribute()`, functioncmds.c).

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{DefElem, Node, VariableSetStmt};

use super::Replay;
use super::comment::strings_of;
use super::refusal::{
    INVALID_OBJECT_DEFINITION, INVALID_PARAMETER_VALUE, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT,
};
use super::routine_parameters::invalid;
use crate::catalog::kind::{Parallel, RoutineName, Volatility};
use crate::expr;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

/// What is said; the rest is the default, or stays as it is.
#[derive(Default)]
pub(super) struct Options {
    pub(super) language: Option<Ident>,
    pub(super) window: bool,
    pub(super) volatility: Option<Volatility>,
    pub(super) strict: Option<bool>,
    pub(super) security_definer: Option<bool>,
    pub(super) leakproof: Option<bool>,
    pub(super) parallel: Option<Parallel>,
    pub(super) cost: Option<String>,
    pub(super) rows: Option<String>,
    /// Inside of that: none where the function cannot be told.
    pub(super) support: Option<Option<RoutineName>>,
    pub(super) settings: Vec<VariableSetStmt>,
    pub(super) transforms: Vec<TypeName>,
    /// One text, or a file and a name in it.
    pub(super) source: Vec<String>,
}

impl Replay {
    pub(super) fn routine_options(&self, nodes: &[Node], is_procedure: bool) -> Outcome<Options> {
        let mut options = Options::default();
        let mut seen = BTreeSet::new();
        for node in nodes {
            let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
            if option.defname != "set" && !seen.insert(option.defname.as_str()) {
                return Err(Stop::refused(SYNTAX_ERROR, "conflicting or redundant options").at(option.location));
            }
            let of_functions = ["window", "volatility", "strict", "leakproof", "parallel", "cost", "rows", "support"];
            if is_procedure && of_functions.contains(&option.defname.as_str()) {
                return Err(invalid("invalid attribute in procedure definition").at(option.location));
            }
            self.routine_option(option, &mut options)?;
        }
        Ok(options)
    }

    fn routine_option(&self, option: &DefElem, options: &mut Options) -> Outcome {
        let arg = option.arg.as_deref();
        let text = || arg.and_then(string_of).unwrap_or_default();
        let is = || matches!(arg.and_then(|arg| arg.node.as_ref()), Some(NodeEnum::Boolean(word)) if word.boolval);
        match option.defname.as_str() {
            "as" => options.source = arg.map(strings_of).unwrap_or_default(),
            "language" => options.language = Some(Ident::new(text())),
            "window" => options.window = is(),
            "volatility" => options.volatility = Volatility::ALL.iter().copied().find(|one| one.word() == text()),
            "strict" => options.strict = Some(is()),
            "security" => options.security_definer = Some(is()),
            "leakproof" => options.leakproof = Some(is()),
            "parallel" => {
                let parallel = Parallel::ALL.iter().copied().find(|one| one.word() == text());
                let words = "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE";
                options.parallel = Some(parallel.ok_or_else(|| Stop::refused(SYNTAX_ERROR, words))?);
            }
            "cost" => options.cost = Some(self.positive("COST", arg)?),
            "rows" => options.rows = Some(self.positive("ROWS", arg)?),
            "support" => options.support = Some(self.planner_support(&arg.map(strings_of).unwrap_or_default())?),
            "set" => {
                if let Some(NodeEnum::VariableSetStmt(set)) = arg.and_then(|arg| arg.node.as_ref()) {
                    options.settings.push(set.clone());
                }
            }
            "transform" => {
                if let Some(NodeEnum::List(list)) = arg.and_then(|arg| arg.node.as_ref()) {
                    for node in &list.items {
                        if let Some(NodeEnum::TypeName(of)) = &node.node {
                            options.transforms.extend(self.signature_type(Some(of))?);
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// As `float4out()` prints it.
    fn positive(&self, what: &str, arg: Option<&Node>) -> Outcome<String> {
        let text = match arg.and_then(|arg| arg.node.as_ref()) {
            Some(NodeEnum::Integer(number)) => number.ival.to_string(),
            Some(NodeEnum::Float(number)) => number.fval.clone(),
            _ => String::new(),
        };
        if text.starts_with('-') || text.parse() == Ok(0.0) {
            return Err(Stop::refused(INVALID_PARAMETER_VALUE, format!("{what} must be positive")));
        }
        Ok(expr::stored_text(&text, &TypeName::builtin("float4"), self.catalog().version).unwrap_or(text))
    }

    /// `interpret_func_support()`
    fn planner_support(&self, name: &[String]) -> Outcome<Option<RoutineName>> {
        let internal = TypeName::builtin("internal");
        let Some((found, signature)) = self.function(name, std::slice::from_ref(&internal))? else { return Ok(None) };
        if signature.result != internal {
            let message = format!("support function {} must return type internal", name.join("."));
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        Ok(Some(found))
    }

    /// That there is the language (`CreateFunction()`).
    pub(super) fn is_a_language(&self, name: &Ident) -> Outcome {
        use crate::catalog::{Class, ObjectId};
        let is_there = super::proclang::LANGUAGES.contains(&name.as_str())
            || [Class::Language, Class::Extension]
                .iter()
                .any(|class| self.catalog().exists(&ObjectId::top(*class, name)));
        if is_there || !self.knows_routines(name.as_str()) {
            return Ok(());
        }
        Err(Stop::refused(UNDEFINED_OBJECT, format!("language \"{}\" does not exist", name.as_str())))
    }
}
