/** Products as HAL resources: links to where one can go, templates for what this caller can change. */
import { OPERATOR_ROLE, type Actor } from '../../contracts/caller.ts';
import type { Template } from '../../contracts/documents/schemas.ts';
import { ProductBody, StockBody, type ProductResource } from '../../contracts/orders/products.ts';
import { STOCK_ROLE } from '../../contracts/orders/roles.ts';
import type { Product } from '../../store/orders/products.ts';
import { hasRole } from '../../workflows/shared/people.ts';
import { postForm, type Places } from '../documents/resource.ts';

export class ProductPresenter {
  readonly places: Places;
  readonly #currency: string;

  constructor(places: Places, currency: string) {
    this.places = places;
    this.#currency = currency;
  }

  product({ sku, name, priceMinor, stock }: Product, actor: Actor): ProductResource {
    const { places } = this;
    const _links = {
      self: { href: places.product(sku) },
      collection: { href: places.products() },
      home: { href: places.base },
    };
    const _templates = this.#ifAllowed(actor, {
      default: postForm('Change', places.products(), ProductBody),
      stock: postForm('Add to the stock', places.product(sku, '/stock'), StockBody),
    });
    return { sku, name, priceMinor, currency: this.#currency, stock, _links, _templates };
  }

  /** What can be done with the list. */
  listTemplates(actor: Actor): Record<string, Template> {
    return this.#ifAllowed(actor, {
      default: postForm('New product', this.places.products(), ProductBody),
    });
  }

  #ifAllowed(actor: Actor, forms: Record<string, Template>): Record<string, Template> {
    return mayChangeProducts(actor) ? forms : {};
  }
}

/** Whether the actor may change what is sold. */
export function mayChangeProducts(actor: Actor): boolean {
  return hasRole(actor, STOCK_ROLE) || hasRole(actor, OPERATOR_ROLE);
}
