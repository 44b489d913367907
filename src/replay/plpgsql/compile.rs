//! What is said of a block before any of it runs (`plpgsql_compile_inline()`): what stands behind INTO has to be
//! variables.

use super::Code;
use super::syntax::{Block, Over, Step, Target, What};
use crate::replay::refusal::{Outcome, SYNTAX_ERROR, Stop};

/// The names that are known at a place: variables, and blocks that these can be qualified by.
struct Names<'a> {
    code: Code<'a>,
    known: Vec<String>,
}

/// `read_into_target()`, in all of a block.
pub(super) fn stores_in_variables(code: Code<'_>, block: &Block) -> Outcome {
    Names { code, known: vec!["found".to_owned()] }.block(block)
}

impl Names<'_> {
    fn block(&mut self, block: &Block) -> Outcome {
        let before = self.known.len();
        self.known.extend(block.label.clone());
        self.known.extend(block.declarations.iter().map(|declaration| declaration.name.clone()));
        self.steps(&block.body)?;
        block.handlers.iter().try_for_each(|handler| self.steps(&handler.body))?;
        self.known.truncate(before);
        Ok(())
    }

    fn steps(&mut self, steps: &[Step]) -> Outcome {
        steps.iter().try_for_each(|step| match &step.what {
            What::Block(block) => self.block(block),
            What::If { arms, otherwise } => {
                arms.iter().try_for_each(|(_, body)| self.steps(body))?;
                self.steps(otherwise)
            }
            What::Loop(of) => {
                let before = self.known.len();
                self.known.extend(of.label.clone());
                if let Over::Range { variable, .. } = &of.over {
                    self.known.push(variable.clone());
                }
                self.steps(&of.body)?;
                self.known.truncate(before);
                Ok(())
            }
            What::Sql { into, .. } | What::Execute { into, .. } => {
                into.iter().try_for_each(|target| self.is_variable(target, step))
            }
            What::Assign { .. }
            | What::Perform(_)
            | What::Raise(_)
            | What::Assert(_)
            | What::Leave { .. }
            | What::Return(_)
            | What::ReturnNext(_)
            | What::ReturnQuery(_)
            | What::Diagnostics { .. }
            | What::Nothing => Ok(()),
        })
    }

    fn is_variable(&self, target: &Target, step: &Step) -> Outcome {
        let Some(name) = target.path.first().filter(|name| !self.known.contains(name)) else { return Ok(()) };
        let text = self.code.text(&step.span).to_lowercase();
        let place = text.find("into").and_then(|into| Some(into + text[into..].find(name.as_str())?));
        let stop = Stop::refused(SYNTAX_ERROR, format!("\"{name}\" is not a known variable"));
        let stop = place.and_then(|at| i32::try_from(at).ok()).map_or(stop.clone(), |at| stop.at(at));
        Err(stop.within(&self.code.statement(&step.span)))
    }
}
