const forbidden =
  /\b(now|random|clock_timestamp|statement_timestamp|transaction_timestamp|gen_random_uuid|uuidv4|uuidv7|timeofday)\s*\(|\bcurrent_(date|time|timestamp)\b|\blocaltime(stamp)?\b/i;

/**
 * A read model is the fold of the journal: nothing in it may depend on when or where it is computed,
 * neither in its TypeScript nor in its SQL.
 */
export const determinism = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { refused: '"{{ found }}" makes the read model depend on when it is computed.' },
  },
  create(context) {
    const refuse = (node, found) => context.report({ node, messageId: 'refused', data: { found } });
    const checkText = (node, text) => {
      const found = forbidden.exec(text)?.[0];
      if (found) refuse(node, found);
    };
    return {
      TemplateElement: (node) => checkText(node, node.value.raw),
      Literal: (node) => typeof node.value === 'string' && checkText(node, node.value),
      'NewExpression[callee.name="Date"][arguments.length=0]': (node) => refuse(node, 'new Date()'),
      CallExpression({ callee }) {
        const name = callee.property?.name ?? callee.name;
        if (['now', 'random', 'randomUUID', 'randomBytes', 'randomInt'].includes(name))
          refuse(callee, `${name}()`);
      },
    };
  },
};
